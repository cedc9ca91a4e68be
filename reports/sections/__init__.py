"""The parts of the report, one module each: `section(facts)` makes it. A table that is not there yet makes a sentence, not an error."""
