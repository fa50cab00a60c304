"""The room of PostgreSQL: `room` compares and changes schemas, `impl` has the words of the operations."""
