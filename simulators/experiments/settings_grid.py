"""Grids of settings: every combination of some values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from banditsvc.usage_error import UsageError

Grid = Mapping[str, list[Any]]
"""Values of each dotted key."""
Setting = Mapping[str, Any]
"""A value of each dotted key."""


def grid_of(table: Mapping[str, Any], source: str) -> Grid:
    """Returns the grid of a table, in which a value that is no list stands for a list of it alone.

    Args:
        table: Values by key; tables inside of it make dotted keys.
        source: What to name in messages, before the key.

    Raises:
        UsageError: A list is empty or has a value twice.
    """
    grid = dict(_leaves(table))
    for key, values in grid.items():
        if not values:
            raise UsageError(f"{source}.{key}: needs at least one value")
        if any(value in values[:place] for place, value in enumerate(values)):
            raise UsageError(f"{source}.{key}: a value stands in it twice")
    return grid


def combinations(grid: Grid) -> Iterator[Setting]:
    """Yields every combination of the values, the last key changing fastest."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def label_of(name: str, setting: Setting, grid: Grid) -> str:
    """Returns a name with those of the settings that differ: `ours floor=0.02`."""
    differing = [f"{key}={_written(value)}" for key, value in setting.items() if len(grid[key]) > 1]
    return " ".join([name, *differing])


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, list[Any]]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", list(value) if isinstance(value, list | tuple | range) else [value]


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
