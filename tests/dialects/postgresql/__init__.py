"""Tests of PostgreSQL's room."""
