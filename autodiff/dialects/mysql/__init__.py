"""The room of MySQL and MariaDB: `room` compares and changes schemas, `impl` has the words of the operations."""
