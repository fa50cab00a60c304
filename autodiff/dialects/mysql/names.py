"""The names that the server gives to what the models leave unnamed."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.dialects.mysql.backing import free_name
from autodiff.kinds import CheckState, ForeignKeyState, IndexState, UniqueState
from autodiff.state import Snapshot, State


def final_name(state: State, snapshot: Snapshot, *, is_mariadb: bool) -> str | None:
    """The name that the object has, or will have."""
    name = state.key.name
    return auto_name(state, snapshot, is_mariadb=is_mariadb) if name is not None and name.startswith("~") else name


def auto_name(state: State, snapshot: Snapshot, *, is_mariadb: bool) -> str | None:
    """The name that the server will give to what the models leave unnamed."""
    parts = snapshot.parts(state.key.of_table)
    table = str(state.key.table)
    unnamed = [s.key for s in parts if type(s) is type(state) and str(s.key.name).startswith("~")]
    place = unnamed.index(state.key) if state.key in unnamed else 0
    if isinstance(state, ForeignKeyState):
        return f"{table}_ibfk_{highest(f'{table}_ibfk_', parts) + 1 + place}"
    if isinstance(state, CheckState):
        if not is_mariadb:
            return f"{table}_chk_{highest(f'{table}_chk_', parts) + 1 + place}"
        taken = {s.key.name for s in parts if isinstance(s, CheckState)}
        free = (n for n in range(1, len(parts) + 2) if f"CONSTRAINT_{n}" not in taken)
        return f"CONSTRAINT_{list(free)[place]}"
    if isinstance(state, UniqueState):
        taken_names = {str(s.key.name).lower() for s in parts if isinstance(s, (IndexState, UniqueState))}
        for key in unnamed[:place]:
            earlier = snapshot.get(key)
            if isinstance(earlier, UniqueState):
                taken_names.add(free_name(earlier.columns[0], taken_names).lower())
        return free_name(state.columns[0], taken_names)
    return None


def highest(start: str, parts: Sequence[State]) -> int:
    """The highest number in names of this start; 0 where there is none."""
    ends = (str(part.key.name).removeprefix(start) for part in parts if str(part.key.name).startswith(start))
    return max((int(end) for end in ends if end.isdecimal()), default=0)
