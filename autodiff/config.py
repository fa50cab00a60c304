"""Face: the settings and the command line, under the names that programs import."""

from __future__ import annotations

from autodiff.cli.main import CommandLine, main
from autodiff.settings import Config, ConfigError, MessagingOptions

__all__ = ["CommandLine", "Config", "ConfigError", "MessagingOptions", "main"]
