"""The command line: its arguments, and how results and failures are told."""
