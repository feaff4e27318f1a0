"""Table columns: which column of a table of decisions is what."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from offline_eval.logged.log_refused import LogRefused

_SEVERAL = frozenset({"always_eligible", "targets", "labels", "features"})
_NUMBERS = frozenset({"least_reward", "greatest_reward"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns:
    """A column map: names of columns, empty for what the table does not have."""

    reward: str = "reward"
    probability: str = "selection_probability"
    """Of what was chosen; it may be empty where there is one of probabilities."""
    action: str = "campaign_id"
    """What was chosen."""
    eligible: str = ""
    """Lists of what was eligible, or texts with separator between them."""
    probabilities: str = ""
    """Selection probabilities beside eligible, as lists or as such texts."""
    predicted: str = ""
    """Predicted rewards beside eligible, likewise."""
    always_eligible: tuple[str, ...] = ()
    """No column but names: what was eligible in every decision, where no column tells it."""
    targets: tuple[str, ...] = ()
    """Target probabilities of other policies: numbers, of what was chosen, or lists beside eligible."""
    customer: str = ""
    time: str = ""
    """Times or dates, texts of them, or seconds since 1970."""
    decision_id: str = ""
    """Rows with one that came before are left out."""
    labels: tuple[str, ...] = ()
    """Texts to divide by."""
    features: tuple[str, ...] = ()
    """Numbers that an outcome model may use; unknown ones count as 0."""
    separator: str = ";"
    least_reward: float = -math.inf
    """No column but numbers: least and greatest reward that there can be."""
    greatest_reward: float = math.inf

    @property
    def names(self) -> tuple[str, ...]:
        """Returns all columns that are read."""
        single = (
            self.reward,
            self.probability,
            self.action,
            self.eligible,
            self.probabilities,
            self.predicted,
            self.customer,
            self.time,
            self.decision_id,
        )
        return tuple(dict.fromkeys([*filter(None, single), *self.targets, *self.labels, *self.features]))

    def check(self, present: Iterable[str], table: str) -> None:
        """Returns where a table has all columns that are named.

        Raises:
            LogRefused: It lacks some; the text says which, which there are, and how to name others.
        """
        known = list(present)
        lacks = [
            f"  {one.name}: there is no column {name!r}"
            for one in fields(self)
            if one.name not in _NUMBERS | {"separator", "always_eligible"}
            for name in _named(getattr(self, one.name))
            if name not in known
        ]
        if not self.probability and not self.probabilities:
            lacks.append("  probability: name the column of the probability of what was chosen")
        if self.probabilities and not self.eligible and not self.always_eligible:
            lacks.append("  eligible: probabilities stand beside it, so name its column too")
        if lacks:
            raise LogRefused(
                "\n".join([f"{table} does not have what the column map names:", *lacks])
                + f"\nIt has {', '.join(known)}.\nName others with reward=NAME, probability=NAME and so on."
            )


@dataclass(slots=True)
class _Given:
    """Values that were given, by field."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def parse_table_columns(pairs: Iterable[str]) -> TableColumns:
    """Returns the column map of some texts such as `reward=spend`; several names have commas between them.

    Raises:
        LogRefused: A text is no such pair, its field is not known, or a number is none; all of them are named.
    """
    known, given = [one.name for one in fields(TableColumns)], _Given()
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name not in known:
            given.faults.append(f"{pair!r} is not FIELD=COLUMN; the fields are {', '.join(known)}")
        elif name in given.values:
            given.faults.append(f"{pair!r}: {name} is given twice")
        elif name in _SEVERAL:
            given.values[name] = tuple(filter(None, text.split(",")))
        elif name in _NUMBERS:
            _add_number(given, name, text)
        else:
            given.values[name] = text
    if given.faults:
        raise LogRefused("the column map cannot be used:\n" + "\n".join(f"  {fault}" for fault in given.faults))
    return TableColumns(**given.values)


def _add_number(given: _Given, name: str, text: str) -> None:
    try:
        given.values[name] = float(text)
    except ValueError:
        given.faults.append(f"{name}={text}: {text!r} is no number")


def _named(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, [value] if isinstance(value, str) else value))
