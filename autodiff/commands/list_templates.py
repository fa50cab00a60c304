"""`autodiff list_templates`: what `init` can make."""

from __future__ import annotations

import os

from autodiff.cli.arguments import Command
from autodiff.settings import Config


def list_templates(config: Config) -> None:
    """Print the name of each template of `init`, and what it is for."""
    directory = config.get_template_directory()
    config.print_stdout("Available templates:\n")
    for name in sorted(os.listdir(directory)):
        readme = os.path.join(directory, name, "README")
        if os.path.isfile(readme):
            with open(readme, encoding="utf-8") as stream:
                config.print_stdout("%s - %s", name, stream.readline().strip())
    config.print_stdout("\nTemplates are used via the 'init' command, e.g.:")
    config.print_stdout("\n  autodiff init --template generic ./migrations")


COMMAND = Command(list_templates, "list what init can make", "autodiff list_templates")
