"""Face: the settings and the command line, under the names that programs import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.cli.main import CommandLine, main
from autodiff.settings import Config, ConfigError, MessagingOptions

CommandFunction = Callable[..., Any]
"""What `CommandLine.register_command` takes: a named function whose first argument is the `Config`."""

__all__ = ["CommandFunction", "CommandLine", "Config", "ConfigError", "MessagingOptions", "main"]
