"""Trials: a randomised trial file as customers with a context, an arm and what they did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from banditsvc.v1.context_pb2 import CustomerContext
from simulators.column_map import ColumnMap, ContextColumn, RewardColumn

_Cells = list[float | str | bool | None]
"""One column, read; None is unknown."""


class TrialError(Exception):
    """A trial file that cannot be used. Its text names the place."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """The customers of a randomised trial; the sequences run beside each other."""

    columns: ColumnMap
    reward: RewardColumn
    contexts: tuple[bytes, ...]
    """A serialised CustomerContext each."""
    arms: NDArray[np.int64]
    """Index into columns.arms of the arm that the trial drew."""
    rewards: NDArray[np.float64]
    """What came of it: the cell of the reward column."""
    left_out: int = 0
    """Rows of the file without a reward."""

    def __len__(self) -> int:
        return len(self.contexts)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Returns the chance of each arm."""
        return np.array([float(arm.probability) for arm in self.columns.arms])

    def random_part(self, rows: int, seed: int) -> Trial:
        """Returns a trial of that many rows, drawn without replacement; all of them where it has no more."""
        if rows >= len(self):
            return self
        return self.part(np.random.default_rng(seed).permutation(len(self))[:rows])

    def part(self, chosen: NDArray[np.int64]) -> Trial:
        """Returns a trial of the rows at these places."""
        return Trial(
            columns=self.columns,
            reward=self.reward,
            contexts=tuple(self.contexts[row] for row in chosen),
            arms=self.arms[chosen],
            rewards=self.rewards[chosen],
            left_out=self.left_out,
        )


def load_trial(path: Path, columns: ColumnMap, reward_name: str) -> Trial:
    """Returns the trial in a CSV file. Rows without a reward are left out and counted.

    Raises:
        MapError: The map has no such reward.
        TrialError: The file cannot be read, lacks a mapped column, or has a cell that fits neither map nor kind.
    """
    reward = columns.reward(reward_name)
    table = _read(path)
    _check_columns(path, table, columns, reward)
    rewards = np.array(_numbers(table[reward.column], path, columns.missing, least=0.0), dtype=np.float64)
    known = ~np.isnan(rewards)
    table = table[known]
    if table.empty:
        raise TrialError(f"{path} has no row with a value of {reward.column}")
    return Trial(
        columns=columns,
        reward=reward,
        contexts=_contexts(table, path, columns),
        arms=_arms(table, path, columns),
        rewards=rewards[known],
        left_out=int((~known).sum()),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except OSError as error:
        raise TrialError(f"cannot read the trial file {path}: {error.strerror}") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise TrialError(f"{path} is no CSV file: {error}") from None


def _check_columns(path: Path, table: pd.DataFrame, columns: ColumnMap, reward: RewardColumn) -> None:
    wanted = [*columns.arm_columns, *(column.column for column in columns.context), reward.column]
    lacking = sorted(set(wanted) - set(table.columns))
    if lacking:
        raise TrialError(f"{path} lacks the columns {', '.join(lacking)}; it has {', '.join(table.columns)}")


def _arms(table: pd.DataFrame, path: Path, columns: ColumnMap) -> NDArray[np.int64]:
    place = {arm.cells: index for index, arm in enumerate(columns.arms)}
    cells = list(zip(*(table[name] for name in columns.arm_columns), strict=True))
    for line, values in zip(table.index, cells, strict=True):
        if values not in place:
            found = ", ".join(values)
            raise TrialError(f"{path}, line {line + 2}: no arm of the column map has the values {found}")
    return np.array([place[values] for values in cells], dtype=np.int64)


def _contexts(table: pd.DataFrame, path: Path, columns: ColumnMap) -> tuple[bytes, ...]:
    read = [_cells(table[column.column], path, column, columns.missing) for column in columns.context]
    return tuple(_context(columns.context, row) for row in zip(*read, strict=True)) if read else (b"",) * len(table)


def _context(columns: Sequence[ContextColumn], row: Sequence[float | str | bool | None]) -> bytes:
    context = CustomerContext()
    for column, cell in zip(columns, row, strict=True):
        if cell is not None:
            _put(context, column.to, cell)
    return context.SerializeToString(deterministic=True)


def _put(context: CustomerContext, target: str, cell: float | str | bool) -> None:
    group, _, name = target.partition(".")
    if group == "favourites":
        # A weight of 0 is no favourite.
        if cell:
            context.favourites[name] = float(cell)
    elif group != "features":
        setattr(context, target, int(cell) if target in {"r", "f", "m"} else cell)
    elif isinstance(cell, bool):
        context.features[name].flag = cell
    elif isinstance(cell, str):
        context.features[name].text = cell
    else:
        context.features[name].number = cell


def _cells(cells: pd.Series[str], path: Path, column: ContextColumn, missing: Sequence[str]) -> _Cells:
    if column.kind == "text":
        return [None if cell == "" or cell in missing else cell for cell in cells]
    if column.kind == "flag":
        return [_flag(cell, path, column.column, line, missing) for line, cell in cells.items()]
    numbers = _numbers(cells, path, missing)
    return [None if math.isnan(number) else number * column.scale for number in numbers]


def _flag(cell: str, path: Path, column: str, line: object, missing: Sequence[str]) -> bool | None:
    if cell == "" or cell in missing:
        return None
    if cell not in {"0", "1"}:
        raise TrialError(f"{path}, line {_line(line)}: {column} is {cell!r}, not 0 or 1")
    return cell == "1"


def _numbers(cells: pd.Series[str], path: Path, missing: Sequence[str], least: float = float("-inf")) -> list[float]:
    """Returns the numbers of a column, NaN where they are unknown."""
    numbers = []
    for line, cell in cells.items():
        unknown = cell == "" or cell in missing
        try:
            number = float("nan") if unknown else float(cell)
        except ValueError:
            raise TrialError(f"{path}, line {_line(line)}: {cells.name} is {cell!r}, not a number") from None
        if not unknown and not least <= number < float("inf"):
            raise TrialError(f"{path}, line {_line(line)}: {cells.name} is {cell}, out of range")
        numbers.append(number)
    return numbers


def _line(index: object) -> int:
    """Returns the line of the file of a row; the first is the header."""
    return int(str(index)) + 2
