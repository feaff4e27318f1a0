"""Joins parts of a log, as readers yield them, to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from banditsvc.core.learned_states import LearnedStates
from offline_eval.choices.coding import Coded
from offline_eval.logged.logged import Entries, Logged, starts_of

_ABSENT = {"treatment": "", "lever": 1.0, "price": 0.0}
"""What stands for a column of entries that another part has."""


def joined_logged(parts: Sequence[Logged]) -> Logged:
    """Returns the decisions of several parts as one, in their order; at least one part, all of one reader.

    The last part has the counts of what was left out of all: a reader's counts go up from part to part.
    """
    if len(parts) == 1:
        return parts[0]
    last, columns = parts[-1], _columns(parts)
    offsets = starts_of(np.array([len(part.entries) for part in parts]))[:-1]
    columns["chosen"] = np.concatenate([part.chosen + off for part, off in zip(parts, offsets, strict=True)])
    return replace(
        last,
        **columns,
        entries=_joined_entries([part.entries for part in parts]),
        labels={name: _joined([part.labels[name] for part in parts]) for name in last.labels},
        targets={name: _joined([part.targets[name] for part in parts]) for name in last.targets},
        learned=_joined_states([part.learned for part in parts]),
        contexts=None if last.contexts is None else pa.concat_tables([part.contexts for part in parts]),
    )


def _joined_entries(parts: Sequence[Entries]) -> Entries:
    for name, value in _ABSENT.items():
        if any(getattr(part, name) is not None for part in parts):
            parts = [replace(part, **{name: _filled(part, name, value)}) for part in parts]
    columns = _columns(parts) | {"start": starts_of(np.concatenate([part.size for part in parts]))}
    return replace(parts[-1], **columns)


def _filled(part: Entries, name: str, value: Any) -> Any:
    found = getattr(part, name)
    if found is not None:
        return found
    if isinstance(value, str):
        return Coded(np.zeros(len(part), dtype=np.int32), (value,))
    return np.full(len(part), value)


def _columns(parts: Sequence[Any]) -> dict[str, Any]:
    """Returns the plain columns of all parts, by name."""
    named = {column.name: [getattr(part, column.name) for part in parts] for column in fields(parts[0])}
    return {
        name: _joined(values)
        for name, values in named.items()
        if all(isinstance(value, np.ndarray | Coded) for value in values)
    }


def _joined(columns: Sequence[Any]) -> Any:
    """Returns the rows of several columns of one kind; texts are numbered alike, some parts know more of them."""
    if isinstance(columns[0], Coded):
        names = max((column.names for column in columns), key=len)
        return Coded(np.concatenate([column.codes for column in columns]), names)
    return np.concatenate(columns)


def _joined_states(parts: Sequence[LearnedStates | None]) -> LearnedStates | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    offsets = starts_of(np.array([len(part.states) for part in known]))[:-1]
    return LearnedStates(
        [state for part in known for state in part.states],
        np.concatenate([part.of_row + offset for part, offset in zip(known, offsets, strict=True)]).astype(np.intp),
    )
