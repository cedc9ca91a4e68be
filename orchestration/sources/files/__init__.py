"""Files of rows: CSV as tables, event files of several kinds."""
