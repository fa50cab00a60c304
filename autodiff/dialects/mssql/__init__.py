"""The room of mssql: DDL words."""
