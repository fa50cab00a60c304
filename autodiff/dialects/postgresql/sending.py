"""Statements that are sent as they stand: no parameters, so that percent signs mean themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection


def ask(connection: Connection, sql: str) -> list[Any]:
    """The rows of a statement."""
    return list(connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).all())


def ask_nothing(connection: Connection, sql: str) -> None:
    """Sends a statement that has no rows."""
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).close()


def in_autocommit(connection: Connection) -> bool:
    """Does the driver commit each statement by itself, so that SQLAlchemy's transactions are none?"""
    return bool(getattr(connection.connection.dbapi_connection, "autocommit", False))
