"""The room of oracle: DDL words."""
