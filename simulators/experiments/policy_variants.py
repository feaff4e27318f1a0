"""The policies of an experiment, each with every combination of its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from banditsvc.usage_error import UsageError
from simulators.comparison import ORACLE
from simulators.experiments.experiment import PolicyEntry
from simulators.experiments.settings_grid import Setting, combinations, grid_of, label_of
from simulators.runs.named_policies import named_policy
from simulators.table_faults import unknown_name
from simulators.worlds.world_spec import WorldSpec

_SLOT = re.compile(r"\{([^{}]*)\}")
"""Where a setting stands in the text of a policy."""


@dataclass(frozen=True, slots=True)
class PolicyVariant:
    """A policy with its settings."""

    name: str
    """Its label in the declaration."""
    label: str
    """Its label in the results."""
    text: str
    """What simulators.runs.named_policies reads."""
    setting: Setting
    """Values of its settings by name, those that are part of the text included."""

    def agrees_with(self, other: PolicyVariant) -> bool:
        """Returns whether it has the same values of those settings that both have."""
        return all(value == other.setting.get(key, value) for key, value in self.setting.items())


def policy_variants(
    entries: Mapping[str, PolicyEntry], worlds: Sequence[WorldSpec], *, oracle: bool, source: str
) -> tuple[PolicyVariant, ...]:
    """Returns the policies, in their order, the myopic oracle last where it is wanted.

    Args:
        entries: The policies of a declaration, by label.
        worlds: In which they are to be run; each must allow each.
        oracle: Whether the myopic oracle is run as well.
        source: What to name in messages.

    Raises:
        UsageError: A policy or a setting of one is unknown or out of range.
    """
    found = [variant for name, entry in entries.items() for variant in _variants(name, entry, source)]
    for variant in found:
        for world in worlds:
            try:
                named_policy(variant.text, world)
            except UsageError as error:
                raise UsageError(f"{source}: policies.{variant.name}: {error}") from None
    if oracle:
        found.append(PolicyVariant(ORACLE, ORACLE, ORACLE, {}))
    return tuple(found)


def _variants(name: str, entry: PolicyEntry, source: str) -> Iterator[PolicyVariant]:
    grid = grid_of(entry.settings, f"{source}: policies.{name}")
    slots = set(_SLOT.findall(entry.policy))
    if re.search(r"[{}]", _SLOT.sub("", entry.policy)):
        raise UsageError(f"{source}: policies.{name}: a brace of {entry.policy!r} has no partner")
    if slots - set(grid):
        missing = min(slots - set(grid))
        remedy = unknown_name(missing, list(grid), "settings") if grid else f"give {missing} a value beside it"
        raise UsageError(f"{source}: policies.{name}: {{{missing}}} stands for no setting; {remedy}")
    for setting in combinations(grid):
        filled = _filled(entry.policy, setting)
        further = [f"{key}={_text(value)}" for key, value in setting.items() if key not in slots]
        yield PolicyVariant(name, label_of(name, setting, grid), " ".join([filled, *further]), setting)


def _filled(text: str, setting: Setting) -> str:
    return _SLOT.sub(lambda slot: _text(setting[slot[1]]), text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
