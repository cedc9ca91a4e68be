"""One file a step; the number in a file's name is its revision."""
