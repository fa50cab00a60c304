"""The values that a comparison is made of: what an object is, what a schema is at one moment, what changed."""

from __future__ import annotations

from autodiff.state.change import Change
from autodiff.state.key import Key
from autodiff.state.server import Server
from autodiff.state.snapshot import Comparison, Later, NotCompared, Snapshot
from autodiff.state.sql import Sql
from autodiff.state.state import State

__all__ = ["Change", "Comparison", "Key", "Later", "NotCompared", "Server", "Snapshot", "Sql", "State"]
