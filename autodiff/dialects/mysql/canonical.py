"""Both sides of a comparison in the form in which the database prints them.

The models' own DDL goes into temporary tables, under the application's sql_mode, is printed in reading mode, and is
thrown away; then the same parser reads both sides. Nothing commits and nothing is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy import Index as SqlIndex
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import conv

from autodiff.dialects.mysql.backing import all_keys, without_index
from autodiff.dialects.mysql.in_use import in_use
from autodiff.dialects.mysql.keys import key_columns
from autodiff.dialects.mysql.lexer import literal, quoted
from autodiff.dialects.mysql.partitions import partitions
from autodiff.dialects.mysql.read import Reading
from autodiff.dialects.mysql.rules import ruled
from autodiff.dialects.mysql.session import Rows, Settings, answers, block, reading, run
from autodiff.dialects.mysql.show_create import OF_PERIOD, Index, TableText
from autodiff.dialects.mysql.states import Printed, like
from autodiff.dialects.mysql.together import Failure, outcomes
from autodiff.dialects.mysql.trial import Trial, Trials
from autodiff.dialects.mysql.wanted import (
    as_foreign_key,
    as_plain,
    as_sequence,
    completed,
    implied_by,
    wanted_states,
)
from autodiff.kinds import (
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
    twin_of,
)
from autodiff.state import Comparison, Key, Later, NotCompared, Snapshot, State

# Errors that concern every trial: the transaction is read only (1792), the user may not (1044, 1142, 1227), the server
# is read only (1290), temporary tables cannot be made in a transaction (1787, enforce_gtid_consistency).
REFUSED = frozenset({1044, 1142, 1227, 1290, 1787, 1792, 1836})
# Unknown column, or a function or expression that is not allowed: a CHECK that says the table's name.
NAMES_ITS_TABLE = frozenset({1054, 1109, 1901})


# The number of statements that no trial depends on.
ASIDE = -1

Answers = list["str | tuple[int, str]"]
"""For each trial: what was printed, or the error's number and message."""


@dataclass
class Tried:
    """:param texts: trials as printed, by the model's table.
    :param same: the tables that the database prints in the same words.
    :param errors: errors' numbers and messages, by the model's table.
    """

    texts: dict[Key, TableText] = field(default_factory=dict)
    same: set[Key] = field(default_factory=set)
    errors: dict[Key, tuple[int, str]] = field(default_factory=dict)

    @property
    def refused(self) -> str | None:
        """The server's reason, if it takes no trials at all."""
        if self.texts or not self.errors:
            return None
        numbers = {number for number, _ in self.errors.values()}
        return next(iter(self.errors.values()))[1] if numbers <= REFUSED else None


@dataclass(frozen=True)
class Asking:
    """One conversation with a server about the models.

    :param connection: where trials are made.
    :param settings: the settings of that connection.
    :param trials: writes the trials.
    :param owner: the reading of the database that the models are compared with.
    """

    connection: Connection
    settings: Settings
    trials: Trials
    owner: Reading

    def ask(self, models: Snapshot, tables: Sequence[TableState], sequences: Sequence[Key]) -> Tried:
        made = [
            self.trials.of(number, table.key, table.source, models.parts(table.key))
            for number, table in enumerate(tables)
        ]
        tried = self._try(made, sequences)
        again = [
            self.trials.of(number, table.key, table.source, models.parts(table.key), name=str(table.source.name))
            for number, table in enumerate(tables)
            if tried.errors.get(table.key, (0, ""))[0] in NAMES_ITS_TABLE
        ]
        if again:
            second = self._try(again, sequences)
            tried.texts.update(second.texts)
            for key in second.texts:
                del tried.errors[key]
        return tried

    def _try(self, made: Sequence[Trial], sequences: Sequence[Key]) -> Tried:
        tried = Tried(errors={trial.key: (0, trial.error) for trial in made if trial.error is not None})
        ready = [trial for trial in made if trial.error is None]
        if not ready:
            return tried
        with reading(self.connection, self.settings):
            try:
                shown = self._in_block(ready, sequences) if self.settings.is_mariadb else self._in_rows(ready)
            except BaseException:
                with suppress(SQLAlchemyError):  # of a connection that is lost, with its temporary tables
                    run(self.connection, drop(ready))
                raise
        for trial, answer in zip(ready, (self._at_home(answer) for answer in shown), strict=True):
            if not isinstance(answer, str):
                tried.errors.setdefault(trial.key, answer)
            elif trial.is_whole and self._is_as_there(trial.key, answer):
                tried.same.add(trial.key)
                tried.texts[trial.key] = without_foreign_keys(self.owner, trial.key)
            else:
                tried.texts[trial.key] = completed(self.owner.definitions.table(answer), trial.aside, trial.options)
        return tried

    def _at_home(self, answer: str | tuple[int, str]) -> str | tuple[int, str]:
        """A text from a scratch database, without that database's name."""
        database = self.settings.database
        if isinstance(answer, str) and database is not None and database != self.owner.printed.default_schema:
            return answer.replace(f"{quoted(database)}.", "")
        return answer

    def _is_as_there(self, key: Key, printed: str) -> bool:
        """Equal text is equal: such a table is not taken apart again."""
        there = self.owner.raw.get(key)
        return there is not None and same_lines(core(printed), core(there, self.owner.backing[key]))

    def _in_block(self, trials: Sequence[Trial], sequences: Sequence[Key]) -> Answers:
        """All trials in one statement; texts are executed one by one, so that a mistake in one spoils no other."""
        helpers = [f"{quoted(self.trials.schema(key))}.{quoted(key.name or '')}" for key in sequences]
        statements = [
            *((ASIDE, f"CREATE TEMPORARY SEQUENCE {name}") for name in helpers),
            (ASIDE, f"SET SESSION sql_mode = {literal(self.settings.sql_mode)}"),
            *((place, f"EXECUTE IMMEDIATE {literal(trial.sql)}") for place, trial in enumerate(trials)),
            (ASIDE, "SET SESSION sql_mode = ''"),
            *((place, f"SHOW CREATE TABLE {trial.name}") for place, trial in enumerate(trials)),
            (ASIDE, drop(trials)),
            *((ASIDE, f"DROP TEMPORARY SEQUENCE IF EXISTS {name}") for name in helpers),
        ]
        errors: dict[int, tuple[int, str]] = {}
        texts: list[str] = []
        for (row,) in answers(self.connection, block(statements)):
            if len(row) == 3:
                number, code, message = row
                errors.setdefault(int(number), (int(code), str(message)))
            else:
                texts.append(row[1])
        shown = iter(texts)
        return [errors[place] if place in errors else next(shown) for place in range(len(trials))]

    def _in_rows(self, trials: Sequence[Trial]) -> Answers:
        """MySQL has no compound statements outside of stored programs, but takes many statements in one round trip."""
        mode = f"SET SESSION sql_mode = {literal(self.settings.sql_mode)}"
        made = self._outcomes(mode, *(trial.sql for trial in trials), "SET SESSION sql_mode = ''")[1:-1]
        there = [trial for trial, outcome in zip(trials, made, strict=True) if not isinstance(outcome, tuple)]
        shows = (f"SHOW CREATE TABLE {trial.name}" for trial in there)
        shown = iter(self._outcomes(*shows, drop(there)) if there else ())
        printed = (outcome if isinstance(outcome, tuple) else next(shown) for outcome in made)
        return [answer if isinstance(answer, tuple) else answer[0][1] for answer in printed]

    def _outcomes(self, *statements: str) -> list[Rows | Failure]:
        return list(outcomes(self.connection, self.settings, statements))


def drop(trials: Sequence[Trial]) -> str:
    return f"DROP TEMPORARY TABLE IF EXISTS {', '.join(trial.name for trial in trials)}"


@dataclass(frozen=True)
class Sides:
    """What is put together: the database as it was read, the models as they were tried.

    :param owner: the reading of the database.
    :param refused: why the server could not be asked at all; then autodiff's own rules serve.
    :param notes: what those do not reach.
    """

    owner: Reading
    models: Snapshot
    database: Snapshot
    tried: Tried
    refused: str | None = None
    is_mariadb: bool = True
    notes: list[NotCompared] = field(default_factory=list)

    @property
    def printed(self) -> Printed:
        return self.owner.printed

    def after(self) -> dict[Key, State]:
        """The models' states, in the models' order; then what only the server makes, such as indexes behind foreign keys."""
        states: dict[Key, Any] = dict.fromkeys(self.models.objects)
        for table in self.models.of_class(TableState):
            states.update(self._table(table))
        for key in [key for key, state in states.items() if state is None]:
            model = self.models.objects[key]
            if key.table is not None:
                del states[key]
            else:
                states[key] = self._sequence(model) if isinstance(model, SequenceState) else model
        unreadable = {reason.key for reason in self.owner.unreadable}
        if not unreadable:
            return states
        return {key: state for key, state in states.items() if not {key, key.of_table} & unreadable}

    def _sequence(self, model: SequenceState) -> SequenceState:
        there = self.database.objects.get(model.key)
        return as_sequence(model, there if isinstance(there, SequenceState) else None)

    @cached_property
    def same(self) -> set[Key]:
        """The tables that are printed in the same words, with foreign keys over the same columns."""
        return {key for key in self.tried.same if self._has_its_foreign_keys(key)}

    def _has_its_foreign_keys(self, key: Key) -> bool:
        there = sorted(foreign_key.columns for foreign_key in self.owner.texts[key].foreign_keys)
        wanted = self.models.parts_of(key, ForeignKeyState)
        if there != sorted(state.columns for state in wanted):
            return False
        return not any(has_anothers_name(index, wanted) for index in self.owner.backing[key])

    def is_unchanged(self) -> bool:
        """Does the server print all that the models want, and nothing else, in the words in which it prints the database?

        Then it is all the same, and no side is taken apart. (Whatever is no table is looked at in detail.)
        """
        tables = [key for key in self.models.objects if key[0] == "table"]
        return (
            len(self.same) == len(tables) == len(self.owner.raw)
            and not (self.owner.sequences or self.owner.unreadable)
            and all(key[2] is not None for key in self.models.objects)
            and all(map(self._has_equal_foreign_keys, tables))
        )

    def _has_equal_foreign_keys(self, table: Key) -> bool:
        """Foreign keys are in no trial, so that they are compared one by one."""
        found = (self.printed.foreign_key(table, each) for each in self.owner.texts[table].foreign_keys)
        there = {state.key: state for state in found}
        wanted = [as_foreign_key(state) for state in self.models.parts_of(table, ForeignKeyState)]
        for state in wanted:
            if not state.unnamed and there.pop(state.key, None) != state:
                return False
        left = list(there.values())
        for state in (state for state in wanted if state.unnamed):
            equal = next((other for other in left if state.but(key=other.key) == other), None)
            if equal is None:
                return False
            left.remove(equal)
        return not left

    def _table(self, table: TableState) -> Iterator[tuple[Key, State]]:
        key, parts = table.key, (table, *self.models.parts(table.key))
        text = self.tried.texts.get(key)
        alike = self._there(parts) if key in self.same else None
        if alike is not None:
            for state, found in zip(parts, alike, strict=True):
                is_column = isinstance(found, ColumnState)
                yield state.key, found.standing_for(state.source) if is_column else like(found, state)
        elif text is not None:
            for own_key, state in wanted_states(self.printed, key, parts, text):
                if isinstance(state, TableState):
                    there = self.database.objects.get(key)
                    there = there if isinstance(there, TableState) else None
                    state, notes = with_unsaid(with_page_checksum(state, table, there), there, text)
                    self.notes.extend(notes)
                yield own_key, self._with_time(own_key, state)
            yield from ((state.key, state) for state in self._row_times(key) if state.key not in self.models.objects)
            for index in self._indexes(key, self._made_for(key, parts, text)):
                yield index.key, replace(index, source=index_of(table.source, index))
        elif key in self.database.objects and self.refused is not None:
            answer = ruled(parts, self.database.objects, self.refused, is_mariadb=self.is_mariadb)
            self.notes.extend(answer.notes)
            yield from answer.states.items()
        elif key in self.database.objects:
            # Not compared: both sides are the database's.
            yield key, replace(self.database.objects[key], source=table.source)
            yield from ((state.key, state) for state in map(self._of_the_models_kind, self.database.parts(key)))
        else:
            yield from ((state.key, as_plain(state)) for state in parts)

    def _row_times(self, table: Key) -> list[ColumnState]:
        """The columns that belong to the table's history, of which the models have no words."""
        text = self.owner.texts.get(table)
        names = () if text is None else text.row_times
        found = (self.database.objects.get(Key("column", table.schema, table.table, name)) for name in names)
        return [state for state in found if isinstance(state, ColumnState)]

    def _with_time(self, key: Key, state: State) -> State:
        """A state of the models with what models cannot say of time, as the database has it."""
        if isinstance(state, ColumnState):
            there = next((column for column in self._row_times(key.of_table) if column.key == key), None)
            return state if there is None else there.standing_for(state.source)
        if isinstance(state, (PrimaryKeyState, UniqueState)) and (period := self._period(state)) is not None:
            return replace(state, options=tuple(sorted({**dict(state.options), OF_PERIOD: period}.items())))
        return state

    def _period(self, key: PrimaryKeyState | UniqueState) -> str | None:
        text = self.owner.texts.get(key.key.of_table)
        if text is None or not text.other:
            return None
        is_primary = isinstance(key, PrimaryKeyState)
        keys = (index for index in all_keys(text) if (index.name == "PRIMARY") == is_primary)
        there = (index for index in keys if is_primary or key.unnamed or index.name == key.key.name)
        periods = (dict(index.options).get(OF_PERIOD) for index in there if index.columns == key.columns)
        return next((period for period in periods if period is not None), None)

    def _made_for(self, key: Key, parts: Sequence[State], text: TableText) -> list[Index]:
        """Indexes that the server will make for foreign keys, where the database has the table but not them."""
        if key not in self.owner.texts:
            return []
        held = {state.columns for state in parts if isinstance(state, ForeignKeyState)}
        behind = (index for index in self.owner.backing[key] if index.columns in held)
        stay = [index for index in behind if not has_anothers_name(index, parts)]
        there = {index.columns for index in stay} | without_index(self.owner.texts[key])
        return [index for index in implied_by(parts, text, stay) if index.columns not in there]

    def _there(self, parts: Sequence[State]) -> list[State] | None:
        """The database's object of each name (a foreign key is as the models say it), if it has all."""
        objects, found = self.database.objects, []
        for state in parts:
            there = as_foreign_key(state) if isinstance(state, ForeignKeyState) else objects.get(state.key)
            if there is None:
                return None
            found.append(there)
        return found

    def before(self) -> dict[Key, State]:
        """The database's states; a unique key is of the kind that the models call it."""
        objects = self.database.objects
        keys = [*self.database.of_class(UniqueState), *self.database.of_class(IndexState)]
        renamed = {state.key: of_kind for state in keys if (of_kind := self._of_the_models_kind(state)) is not state}
        states = dict(objects)
        if renamed:
            states = {state.key: state for state in (renamed.get(key, state) for key, state in objects.items())}
        for table in self.models.of_class(TableState):
            text = self.tried.texts.get(table.key)
            if text is not None and table.key in self.database.objects and table.key not in self.same:
                left = self._left_over(table.key, (table, *self.models.parts(table.key)), text)
                states.update((index.key, index) for index in self._indexes(table.key, left))
        for key in (self.owner.texts.keys() & objects.keys()) - self.models.objects.keys():  # not what hooks left out
            states.update((index.key, index) for index in self._indexes(key, self._called_otherwise(key)))
        return states

    def _called_otherwise(self, key: Key) -> list[Index]:
        """Indexes behind foreign keys that a foreign key would not make under this name, where its own name is said."""
        made = {foreign_key.name for foreign_key in self.owner.texts[key].foreign_keys}
        return [index for index in self.owner.backing[key] if index.name not in made]

    def _left_over(self, key: Key, parts: Sequence[State], text: TableText) -> list[Index]:
        """Indexes behind foreign keys that the models do not have, or back with an index of their own."""
        wanted = {index.columns for index in implied_by(parts, text)}
        left = (i for i in self.owner.backing[key] if i.columns not in wanted or has_anothers_name(i, parts))
        return [index for index in left if not self._is_unheard_of(key, index)]

    def _is_unheard_of(self, key: Key, index: Index) -> bool:
        """Is it behind foreign keys that `include_name` left out? It cannot go as long as they are there."""
        heard = self.database.parts_of(key, ForeignKeyState)
        return not any(state.columns[: len(index.columns)] == index.columns for state in heard)

    def _indexes(self, key: Key, indexes: Iterable[Index]) -> Iterator[IndexState]:
        return (self.printed.index(key, index) for index in indexes)

    def _of_the_models_kind(self, state: State) -> State:
        if isinstance(state, UniqueState):
            as_index = state.key._replace(kind="index")
            text = self.owner.texts.get(state.key.of_table)
            if text is not None and (as_index in self.models.objects or self._is_nobodys(state)):
                return self.printed.index(state.key.of_table, named(text, state.key.name))
        elif isinstance(state, IndexState) and state.unique:
            as_unique = state.key._replace(kind="unique")
            text = self.owner.texts.get(state.key.of_table)
            if as_unique in self.models.objects and text is not None:
                return self.printed.unique(state.key.of_table, named(text, state.key.name))
        return state

    def _is_nobodys(self, state: UniqueState) -> bool:
        """Is it a unique key of a table that stays, which the models have under neither kind?

        The server knows no unique constraints, only unique keys: it goes, and comes back, as the index that it is.
        """
        table = state.key.of_table
        if table not in self.models.objects or state.key in self.models.objects or state.options:
            return False
        others = self.models.parts_of(table, UniqueState)
        return all(unique.columns != state.columns for unique in others)  # else it is that one, under another name


def has_anothers_name(index: Index, parts: Sequence[State]) -> bool:
    """Is it behind a foreign key whose name goes to one over other columns, which will want that name for its index?"""
    named = (s for s in parts if isinstance(s, ForeignKeyState) and not s.unnamed and s.key.name == index.name)
    return any(state.columns != index.columns for state in named)


def index_of(table: Table, state: IndexState) -> SqlIndex:
    """The SQLAlchemy index of a state, on a table of its own: the models' table stays as it is."""
    names = key_columns(state)
    alone = Table(table.name, MetaData(), *(Column(name) for name in names), schema=table.schema)
    return SqlIndex(conv(str(state.key.name)), *(alone.c[name] for name in names))


def with_page_checksum(found: TableState, model: TableState, there: TableState | None) -> TableState:
    """An Aria table's PAGE_CHECKSUM where the models do not say it: temporary tables have another default.

    https://mariadb.com/kb/en/aria-system-variables/#aria_page_checksum
    """
    options, name = dict(found.options), "mysql_page_checksum"
    if options.get("mysql_engine") != "Aria" or name in dict(model.options):
        return found
    present = {} if there is None else dict(there.options)
    options[name] = present.get(name, "1") if present.get("mysql_engine") == "Aria" else "1"
    return replace(found, options=tuple(sorted(options.items())))


# Options of a table that SQLAlchemy has no words for, in people's words.
UNSAID = {"mysql_with": "system versioning", "mysql_other": "what is no column, key, check or foreign key"}


def with_unsaid(found: TableState, there: TableState | None, text: TableText) -> tuple[TableState, list[NotCompared]]:
    """What the models cannot say of a table is as in the database, and not compared.

    :param text: the trial of the table.
    """
    if there is None or found.options == there.options:
        return found, []
    mine, theirs = dict(found.options), dict(there.options)
    notes = []
    for name, words in UNSAID.items():
        if name in theirs:
            mine[name] = theirs[name]
            notes.append(NotCompared(f"{words} of table {found.key.label}", "models have no words for it", found.key))
    name = "mysql_partition_by"
    wanted = partitions(mine.pop(name, None), theirs.get(name), [column.name for column in text.columns])
    mine |= {} if wanted.text is None else {name: wanted.text}
    if wanted.remark is not None:
        notes.append(NotCompared(f"partitions of table {found.key.label}", wanted.remark, found.key))
    return replace(found, options=tuple(sorted(mine.items()))), notes


_COUNTER = re.compile(r" AUTO_INCREMENT=\d+")


def core(printed: str, backing: Sequence[Index] = ()) -> list[str]:
    """The lines of a printed table that its trial has, too: no head, no foreign keys, nothing that only backs them."""
    lines = printed.split("\n")[1:]
    if backing:
        dropped = {f"  KEY {quoted(i.name)} ({','.join(part.text for part in i.parts)})" for i in backing}
        lines = [line for line in lines if line.rstrip(",") not in dropped]
    if "FOREIGN KEY" in printed:
        lines = [line for line in lines if not (line.startswith("  CONSTRAINT `") and "` FOREIGN KEY (`" in line)]
    if len(lines) > 1:
        lines[-2] = lines[-2].rstrip(",")
    if "AUTO_INCREMENT=" in lines[-1]:
        lines[-1] = _COUNTER.sub("", lines[-1], count=1)
    return lines


def same_lines(one: list[str], other: list[str]) -> bool:
    """Are they the same but for their order? (Indexes stand in the order in which they were made.)"""
    if one == other:
        return True
    if len(one) != len(other) or one[-1] != other[-1]:
        return False
    one, other = sorted(line.rstrip(",") for line in one[:-1]), sorted(line.rstrip(",") for line in other[:-1])
    # A line that opens otherwise belongs to a name with a line break in it.
    return one == other and all(line.startswith(_OPENINGS) for line in one)


_OPENINGS = ("  `", "  KEY `", "  UNIQUE KEY `", "  PRIMARY KEY (", "  CONSTRAINT `")


def without_foreign_keys(owner: Reading, key: Key) -> TableText:
    text, backing = owner.texts[key], owner.backing[key]
    if not text.foreign_keys:
        return text
    return replace(text, indexes=tuple(index for index in text.indexes if index not in backing), foreign_keys=())


def named(text: TableText, name: str | None) -> Index:
    return next(index for index in text.indexes if index.name == name)


def compared(
    connection: Connection,
    dialect: Dialect,
    settings: Settings,
    models: Snapshot,
    database: Snapshot,
    owner: Reading,
    scratch: Connection | None,
    everything_is_heard: bool,
) -> Comparison:
    """Both snapshots in one canonical form.

    :param everything_is_heard: no filter leaves out objects of the database.
    """
    tables = list(models.of_class(TableState))
    schemas = {owner.printed.schema(name): name for name in (settings.database, *owner.schemas) if name}
    asking = Asking(connection, settings, Trials(twin_of(dialect), schemas), owner)
    tried, how = asking.ask(models, tables, new_sequences(models, database)), "temporary tables"
    refused = tried.refused
    if refused is not None and scratch is not None:
        elsewhere = Settings.of(scratch)
        trials = Trials(twin_of(dialect), {None: elsewhere.database or ""}, collations=owner.collations)
        every = [state.key for state in models.of_class(SequenceState)]
        tried, how = Asking(scratch, elsewhere, trials, owner).ask(models, tables, every), "a scratch database"
        refused = tried.refused
    sides = Sides(owner, models, database, tried, refused, settings.is_mariadb)
    if everything_is_heard and sides.is_unchanged():
        later = Later(sides.before, database.server, True), Later(sides.after, models.server, True)
        return Comparison(*later, tuple(owner.beside), how, is_unchanged=True)
    after, before = sides.after(), sides.before()
    gone = [key for key in before if key.kind in ("table", "column") and key not in after]
    users = in_use(connection, settings, owner.printed, gone) if gone else {}
    notes = [NotCompared(f"table {key.label}", message, key) for key, (_, message) in tried.errors.items()]
    return Comparison(
        Snapshot({**before, **users}, database.server, canonical=True),
        Snapshot({**after, **users}, models.server, canonical=True),
        (*owner.unreadable, *owner.beside, *sides.notes, *(() if refused is not None else notes)),
        how if refused is None else "autodiff's own rules, since the server makes no temporary tables here",
    )


def new_sequences(models: Snapshot, database: Snapshot) -> list[Key]:
    """Sequences of the models that the database has not, if a default takes values from them."""
    return [state.key for state in models.of_class(SequenceState) if state.key not in database.objects]
