"""Gates on what landed: did the sources give what can be built upon? Single bad rows are in the quarantine already."""
