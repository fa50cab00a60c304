"""The text of a new script: the project's template filled in, so that no value can become code by accident."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from autodiff.errors import ScriptError
from autodiff.messages import short_path

_ENDS_DOCSTRING = re.compile(r"""\"{3}|'{3}|["']\Z""")


class DocstringText(str):
    """A message as it stands between the quotes of a docstring: nothing in it ends the docstring or is an escape.

    A byte of the command line that is no text stands there as such an escape's text (``\\udc80``).

    Its `repr` is that of the message itself, for templates that write `${repr(message)}`.
    """

    message: str

    def __new__(cls, message: str) -> DocstringText:
        text = super().__new__(cls, _for_docstring(message))
        text.message = message
        return text

    def __repr__(self) -> str:
        return repr(self.message)


def _for_docstring(message: str) -> str:
    text = message.encode("utf-8", "backslashreplace").decode().replace("\\", "\\\\")
    text = _ENDS_DOCSTRING.sub(lambda found: "".join(f"\\{each}" for each in found[0]), text)
    return "".join(each if each in "\n\t" or each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def render_template(template_file: str, values: Mapping[str, Any], *, encoding: str = "utf-8") -> str:
    """A mako template, filled in. ScriptError names the template and the line of what goes wrong in it."""
    from mako.exceptions import CompileException, SyntaxException
    from mako.template import Template

    if not os.path.isfile(template_file):
        raise ScriptError(
            f"the template {short_path(template_file)} does not exist",
            help="copy one from the directory that `autodiff list_templates` names, or from another project",
        )
    try:
        template = Template(filename=template_file, input_encoding=encoding)
        return str(template.render_unicode(**values))
    except (CompileException, SyntaxException, UnicodeDecodeError) as error:
        raise ScriptError(f"the template {short_path(template_file)} is broken: {_one_line(error)}") from error
    except Exception as error:
        raise ScriptError(f"the template {short_path(template_file)}{_line_in_template()}: {_told(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _told(error: Exception) -> str:
    if isinstance(error, NameError):
        return "it uses a name that it was not given"
    return f"{type(error).__name__}: {_one_line(error)}"


def _line_in_template() -> str:
    from mako.exceptions import RichTraceback

    line = RichTraceback().lineno
    return f" line {line}" if line else ""


def script_text(template_file: str, values: Mapping[str, Any], *, encoding: str = "utf-8") -> str:
    """The text of a new script; ScriptError if its message would be code, or if it is no Python."""
    message = values["message"]
    safe = {**values, "message": DocstringText(message)}
    text = render_template(template_file, safe, encoding=encoding)
    shape = _shape(text, template_file)
    if not message.isalnum():
        plain = render_template(template_file, {**values, "message": DocstringText("message")}, encoding=encoding)
        if _shape(plain, template_file) != shape:
            raise ScriptError(
                f"the message would become code, because {short_path(template_file)} puts it outside of a docstring",
                help='write """${message} in the template',
            )
    return text


def _shape(text: str, template_file: str) -> str:
    """The syntax of a script without its texts."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        source = text.splitlines()[line - 1].strip() if line and line <= len(text.splitlines()) else ""
        shown = f": {source[:100]}" if source else ""
        raise ScriptError(
            f"the script made from {short_path(template_file)} is no Python, line {line}: "
            f"{getattr(error, 'msg', error)}{shown}",
            help="nothing was written",
        ) from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def comma(value: str | Iterable[str] | None) -> str:
    """The template filter `comma`: ids with commas between them; nothing for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else ", ".join(value)
