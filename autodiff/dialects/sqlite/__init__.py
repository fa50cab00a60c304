"""The room of SQLite: `room` compares and changes schemas, `impl` has the words of the operations."""
