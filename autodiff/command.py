"""Face: the commands as functions, with the Config first."""

from __future__ import annotations

from autodiff.commands.adopt import adopt
from autodiff.commands.branches import branches
from autodiff.commands.check import check
from autodiff.commands.current import current
from autodiff.commands.diff import diff
from autodiff.commands.downgrade import downgrade
from autodiff.commands.drift import drift
from autodiff.commands.edit import edit
from autodiff.commands.ensure_version import ensure_version
from autodiff.commands.explain import explain
from autodiff.commands.heads import heads
from autodiff.commands.history import history
from autodiff.commands.init import init
from autodiff.commands.list_templates import list_templates
from autodiff.commands.merge import merge
from autodiff.commands.revision import revision
from autodiff.commands.show import show
from autodiff.commands.stamp import stamp
from autodiff.commands.upgrade import upgrade

__all__ = [
    "adopt",
    "branches",
    "check",
    "current",
    "diff",
    "downgrade",
    "drift",
    "edit",
    "ensure_version",
    "explain",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "revision",
    "show",
    "stamp",
    "upgrade",
]
