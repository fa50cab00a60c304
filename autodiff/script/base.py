"""The directory of scripts: env.py, the template, and the revision files with their graph."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autodiff.errors import CommandError, ScriptError
from autodiff.messages import short_path, status
from autodiff.script import naming, resolve
from autodiff.script.file import bytecode_of, load_module, run_source, write_new
from autodiff.script.graph import RangeNotAncestorError, ResolutionError, Revision, RevisionError, RevisionIds, as_tuple
from autodiff.script.plan import downgrade_steps, stamp_steps, upgrade_steps
from autodiff.script.revision import RevisionMap
from autodiff.script.script import Script
from autodiff.script.step import RevisionStep, StampStep
from autodiff.settings import Config, MessagingOptions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Script", "ScriptDirectory"]


class ScriptDirectory:
    """A directory with env.py, script.py.mako and the revision files.

    :param dir: its path.
    :param file_template: how new files are named; `%(rev)s_%(slug)s`.
    :param truncate_slug_length: the longest slug, in characters.
    :param version_locations: directories of revision files; `versions` of `dir` when None.
    :param sourceless: read bytecode where there is no source.
    :param output_encoding: the encoding of new files.
    :param timezone: the zone of creation dates; local time when None.
    :param hooks: the post-write hooks, as `Config.get_hooks_list` gives them.
    :param recursive_version_locations: read the directories below, too.
    :param messaging_opts: `{"quiet": True}` silences status lines.
    """

    def __init__(
        self,
        dir: str | os.PathLike[str],
        file_template: str = naming.DEFAULT_FILE_TEMPLATE,
        truncate_slug_length: int | None = 40,
        version_locations: Sequence[str | os.PathLike[str]] | None = None,
        sourceless: bool = False,
        output_encoding: str = "utf-8",
        timezone: str | None = None,
        hooks: Sequence[Mapping[str, str]] = (),
        recursive_version_locations: bool = False,
        messaging_opts: MessagingOptions | None = None,
    ) -> None:
        self.dir = os.path.abspath(dir)
        self.file_template = file_template
        self.truncate_slug_length = truncate_slug_length or 40
        self.version_locations = [os.fspath(each) for each in version_locations or ()]
        self.sourceless = sourceless
        self.output_encoding = output_encoding
        self.timezone = timezone
        self.hooks = list(hooks)
        self.recursive_version_locations = recursive_version_locations
        self.messaging_opts: MessagingOptions = messaging_opts or {}
        self.revision_map = RevisionMap(self._load_revisions)
        self._missing_is_empty = False
        if not os.access(self.dir, os.F_OK):
            raise CommandError(
                f"Path doesn't exist: {short_path(self.dir)}.  Please use the 'init' command to create a new scripts folder."
            )
        if not os.path.isdir(self.dir):
            raise CommandError(f"script_location {short_path(self.dir)} is not a directory")

    @classmethod
    def from_config(cls, config: Config) -> ScriptDirectory:
        """The directory that a configuration names; its `prepend_sys_path` goes in front of `sys.path`."""
        location = config.get_alembic_option("script_location")
        if location is None:
            config.get_main_option("script_location")
            raise CommandError(
                "No 'script_location' key found in configuration"
                f"{' ' + config.config_file_name if config.config_file_name else ''}, "
                f"section [{config.config_ini_section}]",
                help="name the file with -c, or make an environment with `autodiff init migrations`",
            )
        if not location.strip():
            raise CommandError(f"script_location is empty in {config.config_file_name or 'the configuration'}")
        prepend_sys_path(config.get_prepend_sys_paths_list() or ())
        return cls(
            package_path(location),
            file_template=config.get_alembic_option("file_template", naming.DEFAULT_FILE_TEMPLATE),
            truncate_slug_length=_number(config, "truncate_slug_length", 40),
            version_locations=[package_path(each) for each in config.get_version_locations_list() or ()] or None,
            sourceless=config.get_alembic_boolean_option("sourceless"),
            output_encoding=config.get_alembic_option("output_encoding", "utf-8"),
            timezone=config.get_alembic_option("timezone"),
            hooks=config.get_hooks_list(),
            recursive_version_locations=config.get_alembic_boolean_option("recursive_version_locations"),
            messaging_opts=config.messaging_opts,
        )

    # --- places

    @property
    def versions(self) -> str:
        """The one directory of revision files; an error when there are several."""
        locations = self._locations
        if len(locations) > 1:
            raise CommandError("Multiple version_locations present", help=f"they are {', '.join(locations)}")
        return locations[0]

    @property
    def _version_locations(self) -> list[Path]:
        from pathlib import Path

        return [Path(each) for each in self._locations]

    @cached_property
    def _locations(self) -> list[str]:
        if self.version_locations:
            return [os.path.abspath(each) for each in self.version_locations]
        return [os.path.join(self.dir, "versions")]

    @property
    def env_py_location(self) -> str:
        """The path of env.py."""
        return os.path.join(self.dir, "env.py")

    # --- reading

    def _load_revisions(self) -> Iterator[Script]:
        seen: set[str] = set()
        for path in self._script_paths():
            if len(self._locations) > 1:
                real = os.path.realpath(path)
                if real in seen:
                    warnings.warn(
                        f"File {real} loaded twice! ignoring. Please ensure version_locations is unique.",
                        UserWarning,
                        stacklevel=2,
                    )
                    continue
                seen.add(real)
            yield Script.read(path)

    def _script_paths(self) -> Iterator[str]:
        for location in self._locations:
            if not os.path.isdir(location):
                if self._missing_is_empty or any(map(os.path.isdir, self._locations)):
                    continue  # it is made with its first script
                raise CommandError(
                    f"the versions directory {short_path(location)} does not exist",
                    help="create it, or correct version_locations",
                )
            yield from self._paths_in(location)

    def _paths_in(self, location: str) -> Iterator[str]:
        names = sorted(os.listdir(location))
        yield from _revision_files(location, names, self.sourceless)
        if self.recursive_version_locations:
            for name in names:
                below = os.path.join(location, name)
                if name != "__pycache__" and not name.startswith(".") and os.path.isdir(below):
                    yield from self._paths_in(below)

    # --- asking

    def get_revision(self, id_: str) -> Script:
        """The script of a name that means one revision."""
        return resolve.place(self.revision_map, id_)  # type: ignore[return-value]

    def get_revisions(self, id_: RevisionIds) -> tuple[Script, ...]:
        """The scripts that one or several names mean; base is none of them."""
        return tuple(each for each in resolve.places(self.revision_map, id_) if each)  # type: ignore[misc]

    def get_all_current(self, id_: tuple[str, ...]) -> set[Script]:
        """What is applied when the version table holds these ids: the last revision of every branch of it."""
        graph = self.revision_map
        applied = graph.ancestors(node.revision for node in resolve.stored(graph, id_))
        return {graph.by_id[each] for each in graph.tips(applied, dependencies=False)}  # type: ignore[misc]

    def as_revision_number(self, id_: str | None) -> str | tuple[str, ...] | None:
        """The id that a symbolic name means (ids for `heads`), None for base; the letters of an id as they are given."""
        try:
            found = tuple(each.revision for each in resolve.places(self.revision_map, id_) if each)
        except ResolutionError:
            return id_
        if id_ == "heads":
            return found
        if found and id_ is not None and found[0].startswith(id_):
            return id_
        return found[0] if found else None

    def walk_revisions(self, base: str = "base", head: str = "heads") -> Iterator[Script]:
        """All scripts from `head` down to `base`, `base` included, newest first."""
        yield from self._range(head, base)

    def iterate_revisions(self, upper: RevisionIds, lower: RevisionIds, **kw: Any) -> Iterator[Script]:
        """The scripts from `upper` down to `lower` by `down_revision`, newest first; see RevisionMap."""
        return self.revision_map.iterate_revisions(upper, lower, **kw)  # type: ignore[return-value]

    def _range(self, upper: RevisionIds, lower: RevisionIds) -> Iterator[Script]:
        tops, bottoms = self.get_revisions(upper), self.get_revisions(lower)
        try:
            found = resolve.between(self.revision_map, tops, bottoms, inclusive=True, implicit_base=False)
            yield from found  # type: ignore[misc]
        except RangeNotAncestorError as error:
            raise CommandError(
                f"Requested range {lower}:{upper} does not refer to ancestor/descendant revisions along the same branch"
            ) from error

    def get_heads(self, consider_depends_on: bool = False) -> list[str]:
        """The ids of all heads; with `consider_depends_on`, without those that another branch depends on."""
        return list(self.revision_map._real_heads if consider_depends_on else self.revision_map.heads)

    def get_current_head(self) -> str | None:
        """The id of the one head; an error when there are several."""
        heads = self.get_heads()
        if len(heads) > 1:
            raise CommandError(
                "The script directory has multiple heads (due to branching). Please use get_heads(), or merge the "
                "branches using `autodiff merge`",
                help=f"the heads are {', '.join(heads)}",
            )
        return heads[0] if heads else None

    def get_bases(self) -> list[str]:
        """The ids of all bases."""
        return list(self.revision_map.bases)

    def get_base(self) -> str | None:
        """The id of the one base; an error when there are several."""
        bases = self.get_bases()
        if len(bases) > 1:
            raise CommandError(
                "The script directory has multiple bases. Please use get_bases().", help=f"they are {', '.join(bases)}"
            )
        return bases[0] if bases else None

    # --- plans

    def _upgrade_revs(self, destination: RevisionIds, current_rev: RevisionIds) -> list[RevisionStep]:
        return upgrade_steps(self.revision_map, destination, current_rev)

    def _downgrade_revs(self, destination: RevisionIds, current_rev: RevisionIds) -> list[RevisionStep]:
        return downgrade_steps(self.revision_map, destination, current_rev)

    def _stamp_revs(self, revision: RevisionIds, heads: RevisionIds) -> list[StampStep]:
        return stamp_steps(self.revision_map, revision, heads)

    # --- running

    def run_env(self) -> None:
        """Execute env.py. ScriptError when there is none, or when it ends the process."""
        if not os.path.isfile(self.env_py_location) and not (self.sourceless and bytecode_of(self.env_py_location)):
            raise ScriptError(
                f"{short_path(self.env_py_location)} does not exist",
                help="bring it back, or make an environment with `autodiff init`",
            )
        use_alias()
        path = self.env_py_location
        if not os.path.isfile(path):
            path = bytecode_of(path) or path
        load_module("env_py", path)

    # --- writing

    def generate_revision(
        self,
        revid: str,
        message: str | None,
        head: RevisionIds = None,
        splice: bool | None = False,
        branch_labels: RevisionIds = None,
        version_path: str | os.PathLike[str] | None = None,
        file_template: str | None = None,
        depends_on: RevisionIds = None,
        **kw: Any,
    ) -> Script | None:
        """Write a new revision file.

        :param revid: its id.
        :param message: the first line of its docstring.
        :param head: what it comes after (None is the head); several names make a merge.
        :param splice: allow a parent that is no head.
        :param branch_labels: labels of its branch.
        :param version_path: the version location to write to; that of its parent when None.
        :param file_template: how the file is named; the directory's own when None.
        :param depends_on: revisions or labels that must be applied before it.
        :param kw: further values for the template.
        """
        self._missing_is_empty = True
        graph = self.revision_map
        naming.checked_id(revid, graph)
        labels = [naming.checked_label(label, graph, revid) for label in as_tuple(branch_labels)]
        parents = self._parents("head" if head is None else head, bool(splice))
        created = naming.dated(self.timezone)
        name = naming.file_name(file_template or self.file_template, revid, message, self.truncate_slug_length, created)
        path = _inside(self._location(version_path, parents), name)
        values = {
            "up_revision": revid,
            "down_revision": _single(tuple(each.revision for each in parents)),
            "branch_labels": _single(tuple(labels)),
            "depends_on": _single(naming.resolvable(graph, as_tuple(depends_on))),
            "create_date": created,
            "message": "empty message" if message is None else message,
            **kw,
        }
        return self._write(path, values)

    def _parents(self, head: RevisionIds, splice: bool) -> list[Revision]:
        try:
            found: list[Revision] = [each for each in self.get_revisions(head) if each is not None]
        except RevisionError as error:
            if getattr(error, "heads", None) and head == "head":
                raise CommandError(
                    "Multiple heads are present; please specify the head revision on which the new revision should be "
                    "based, or perform a merge",
                    help=f"--head with one of {', '.join(error.heads)}, or `autodiff merge heads`",  # type: ignore[attr-defined]
                ) from error
            raise
        for each in found:
            if not splice and not each.is_head:
                raise CommandError(
                    f"Revision {each.revision} is not a head revision; "
                    "please specify --splice to create a new branch from this revision"
                )
        return found

    def _location(self, version_path: str | os.PathLike[str] | None, parents: Sequence[Revision]) -> str:
        locations = self._locations
        if version_path is not None:
            wanted = os.path.abspath(package_path(os.fspath(version_path)))
            same = [each for each in locations if os.path.realpath(each) == os.path.realpath(wanted)]
            if not same:
                raise CommandError(
                    f"Path {os.path.normpath(version_path)} is not represented in current version locations",
                    help=f"they are {', '.join(short_path(each) for each in locations)}",
                )
            return same[0]
        for parent in parents:
            for location in locations:
                if parent.path and _is_inside(location, parent.path):
                    return location
        if len(locations) > 1:
            raise CommandError(
                "Multiple version locations present, please specify --version-path",
                help=f"they are {', '.join(short_path(each) for each in locations)}",
            )
        return locations[0]

    def _write(self, path: str, values: dict[str, Any]) -> Script:
        from autodiff.script import write_hooks
        from autodiff.script.compose import comma, script_text

        use_alias()
        write_hooks.check(self.hooks)
        quiet = self.messaging_opts.get("quiet", False)
        template = os.path.join(self.dir, "script.py.mako")
        with status(f"Generating {short_path(path)}", quiet=False):
            text = formatted(script_text(template, {"comma": comma, **values}), values)
            self._check(text, path, values)
            write_new(path, _encoded(text, self.output_encoding))
        write_hooks.run(path, self.hooks, quiet=quiet)
        script = Script.read(path)
        self.revision_map.add_revision(script)
        return script

    def _check(self, text: str, path: str, values: Mapping[str, Any]) -> None:
        """Execute the script before it has its name: it must load, and say what it was made to say."""
        try:
            code = compile(text, path, "exec", dont_inherit=True)
            module = run_source(code, "new_revision_py", path)
        except CommandError:
            raise
        except Exception as error:
            raise ScriptError(
                f"the new script does not load: {type(error).__name__}: {error}", help="nothing was written"
            ) from error
        stated = {
            "revision": values["up_revision"],
            "down_revision": values["down_revision"],
            "branch_labels": values["branch_labels"],
            "depends_on": values["depends_on"],
        }
        for name, value in stated.items():
            if as_tuple(getattr(module, name, None)) != as_tuple(value):
                raise ScriptError(
                    f"Version {values['up_revision']} specified {name} {', '.join(as_tuple(value)) or None}, however the "
                    f"migration file {short_path(path)} does not have them",
                    help=f"have you upgraded your script.py.mako to include the '{name}' section? Add `{name} = ${{repr({'up_revision' if name == 'revision' else name})}}` to "
                    f"{short_path(os.path.join(self.dir, 'script.py.mako'))}; nothing was written",
                )


# --- the surroundings


def prepend_sys_path(paths: Iterable[str]) -> None:
    """Put directories in front of `sys.path`, in their order; those that are there move to the front."""
    wanted = [os.path.abspath(path) if path == "." else path for path in paths]
    sys.path[:] = wanted + [path for path in sys.path if path not in wanted]


def use_alias() -> None:
    """Let `import alembic` in the project's own files mean autodiff."""
    from autodiff.runtime.alias import install

    install()


def package_path(location: str) -> str:
    """A path, or `package:directory` (`package:directory:below`) as the path of a directory of an installed package."""
    package, colon, below = location.partition(":")
    is_drive = len(package) == 1 and below[:1] in ("/", "\\")
    if (
        not colon
        or is_drive
        or os.path.isabs(location)
        or os.path.exists(location)
        or not package.replace(".", "").isidentifier()
    ):
        return location
    from importlib.util import find_spec

    try:
        spec = find_spec(package)
    except ImportError:
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise CommandError(f"script_location {location}: there is no package {package}")
    return os.path.join(places[0], *below.replace(":", "/").split("/"))


def _number(config: Config, name: str, default: int) -> int:
    text = config.get_alembic_option(name)
    if text is None or not str(text).strip():
        return default
    try:
        return int(text)
    except ValueError:
        raise CommandError(f"{name} = {text!r} is not a number") from None


def _revision_files(location: str, names: Collection[str], sourceless: bool) -> Iterator[str]:
    scripts = [name for name in names if _is_script(name, ".py")]
    directory = os.path.join(location, "")
    yield from (directory + name for name in scripts)
    if sourceless:
        yield from _bytecode_files(location, names, {name[:-3] for name in scripts})


def _bytecode_files(location: str, names: Collection[str], sources: Collection[str]) -> Iterator[str]:
    found = {
        name.rpartition(".")[0]: os.path.join(location, name) for name in names if _is_script(name, ".pyc", ".pyo")
    }
    cache = os.path.join(location, "__pycache__")
    tag = f".{sys.implementation.cache_tag}"
    for name in sorted(os.listdir(cache)) if os.path.isdir(cache) else ():
        stem = name.split(".")[0]
        if _is_script(name, ".pyc") and tag in name:
            found.setdefault(stem, os.path.join(cache, name))
    yield from (path for stem, path in sorted(found.items()) if stem not in sources)


def _is_script(name: str, *suffixes: str) -> bool:
    return name.endswith(suffixes) and not name.startswith((".", "__init__."))


def _is_inside(directory: str, path: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(directory), ""))


def _inside(location: str, name: str) -> str:
    path = os.path.abspath(os.path.join(location, f"{name}.py"))
    if not _is_inside(location, path):
        raise CommandError(f"file_template leads out of {short_path(location)}: {name!r}")
    return path


def _single(ids: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return (ids if len(ids) > 1 else ids[0]) if ids else None


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except (UnicodeEncodeError, LookupError) as error:
        raise ScriptError(f"the script cannot be written in {encoding}: {error}", help="see output_encoding") from error


def formatted(text: str, values: Mapping[str, Any]) -> str:
    """A generated script in the form of black; one without generated operations stays as its template made it."""
    if not (values.get("upgrades") or values.get("imports")):
        return text
    try:
        from autodiff.render.script import format_source
    except ImportError:
        return text
    return str(format_source(text))
