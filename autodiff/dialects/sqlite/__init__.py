"""SQLite's room: its tables are read from their own text, and compared as that text means."""
