"""Which column of a file is which field, and which fields have one value throughout."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError

_TABLES = ("columns", "constants", "separators")
_NOTHING: Mapping[str, str] = {}


class ColumnError(UsageError):
    """A column map that does not fit the fields or the file. Its text names everything at fault, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The column of each field. A field that is in neither is taken from the column of its own name, if any."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column by field."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Value by field, for all rows."""
    separators: Mapping[str, str] = field(default_factory=dict)
    """What parts the texts of a cell that holds several, one character, by field."""

    @classmethod
    def of_options(cls, pairs: Sequence[str], constants: Sequence[str], map_file: Path | None = None) -> Columns:
        """Returns the map that `field=column` and `field=value` options and a TOML file give; options win.

        The TOML file has the tables [columns], [constants] and [separators].

        Raises:
            ColumnError: An option has no equals sign, the file has other tables, or a separator is not one character.
            UsageError: The file cannot be read, or is no TOML.
        """
        tables = _read_tables(map_file) if map_file else dict.fromkeys(_TABLES, _NOTHING)
        for name, separator in tables["separators"].items():
            if len(separator) != 1:
                raise ColumnError(f"{map_file}: the separator {separator!r} of {name} is not one character, such as |")
        return cls(
            columns={**tables["columns"], **dict(_split("--map", pairs))},
            constants={**tables["constants"], **dict(_split("--set", constants))},
            separators=tables["separators"],
        )

    def resolve(
        self, fields: Iterable[str], available: Sequence[str], *, is_list: Callable[[str], bool] = lambda _: False
    ) -> Columns:
        """Returns the map with every field that the file has.

        Args:
            fields: Fields that there are.
            available: Columns of the file.
            is_list: Tells of a field whether its cells may hold several texts, and so have a separator.

        Raises:
            ColumnError: A mapped field is unknown, a mapped column is not in the file, or what is no list has a separator.
        """
        known = tuple(fields)
        faults = [
            f"{name} is no field{_nearest(name, known)}"
            for name in {**self.columns, **self.constants, **self.separators}
            if name not in known
        ]
        faults += [f"{name} is no list: it has no separator" for name in self.separators if not is_list(name)]
        faults += [
            f"{name} is mapped to column {column}, which the file lacks; it has {', '.join(available)}"
            for name, column in self.columns.items()
            if column not in available
        ]
        faults += [f"{name} is given both as column and as constant" for name in self.columns if name in self.constants]
        if faults:
            raise ColumnError("\n".join(faults))
        own = {name: name for name in known if name in available and name not in self.constants}
        return Columns(columns={**own, **self.columns}, constants=self.constants, separators=self.separators)

    def unused(self, available: Sequence[str]) -> tuple[str, ...]:
        """Returns the columns of a file that a resolved map takes nothing from."""
        taken = set(self.columns.values())
        return tuple(column for column in available if column not in taken)

    def label(self, name: str) -> str:
        """Returns a field as the writer of the file knows it: by its column, the field in brackets if it differs."""
        column = self.columns.get(name, name)
        return name if column == name else f"{column} ({name})"


def _split(option: str, pairs: Sequence[str]) -> list[tuple[str, str]]:
    split = [pair.partition("=") for pair in pairs]
    wrong = [pair for pair, parts in zip(pairs, split, strict=True) if not parts[0] or not parts[2]]
    if wrong:
        raise ColumnError(f"{option} {wrong[0]!r} is not of the form field=value")
    return [(name.strip(), value.strip()) for name, _, value in split]


def _read_tables(path: Path) -> dict[str, Mapping[str, str]]:
    tables = read_toml(path)
    unknown = sorted(set(tables) - set(_TABLES))
    if unknown or not all(isinstance(table, dict) for table in tables.values()):
        raise ColumnError(f"{path} must have the tables [columns], [constants] and [separators] alone")
    return {
        name: {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in tables.get(name, {}).items()
        }
        for name in _TABLES
    }


def _nearest(name: str, known: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {nearest[0]}?)" if nearest else f"; fields are {', '.join(known)}"
