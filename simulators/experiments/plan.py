"""The plan of an experiment: which runs are to be made, in which parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from banditsvc.usage_error import UsageError
from simulators.experiments.experiment import Experiment
from simulators.experiments.policy_variants import PolicyVariant, policy_variants
from simulators.experiments.set_keys import with_keys
from simulators.experiments.settings_grid import Grid, Setting, combinations, grid_of, label_of
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec


@dataclass(frozen=True, slots=True)
class WorldVariant:
    """A world with its settings."""

    label: str
    spec: WorldSpec
    setting: Setting


@dataclass(frozen=True, slots=True)
class Part:
    """Runs that are made side by side: one policy in one world with some seeds."""

    number: int
    world: WorldVariant
    policy: PolicyVariant
    seeds: tuple[int, ...]
    keep_decisions: bool

    def __str__(self) -> str:
        """Returns what it is called in messages."""
        seeds = f"seed {self.seeds[0]}" if len(self.seeds) == 1 else f"seeds {self.seeds[0]} to {self.seeds[-1]}"
        return f"{self.policy.label} in {self.world.label}, {seeds}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All of an experiment, read and checked."""

    experiment: Experiment
    worlds: tuple[WorldVariant, ...]
    policies: tuple[PolicyVariant, ...]
    parts: tuple[Part, ...]

    @property
    def baselines(self) -> tuple[str, ...]:
        """Returns the labels in the results of the policies to compare with."""
        return tuple(one.label for name in self.experiment.baselines for one in self.policies if one.name == name)

    @property
    def without_exploration(self) -> dict[str, str]:
        """Returns for each policy with such a twin its label: the one with the same settings, as far as it has them."""
        twins = {}
        for one in self.policies:
            named = self.experiment.without_exploration.get(one.name)
            same = [twin for twin in self.policies if twin.name == named and twin.agrees_with(one)]
            if same:
                twins[one.label] = same[0].label
        return twins

    def declaration(self) -> dict[str, Any]:
        """Returns all that the results depend on, and by what they are read, as plain values."""
        told = self.experiment.model_dump(mode="json", exclude={"worlds", "policies", "settings"})
        return {
            **told,
            "baselines": self.baselines,
            "without_exploration": self.without_exploration,
            "worlds": {one.label: one.spec.model_dump(mode="json") for one in self.worlds},
            "world_settings": {one.label: dict(one.setting) for one in self.worlds},
            "policies": {one.label: {"policy": one.text, "settings": dict(one.setting)} for one in self.policies},
        }


def make_plan(experiment: Experiment, source: str) -> Plan:
    """Returns the plan of an experiment. Its parts depend on the declaration alone, not on how many run at a time.

    Args:
        experiment: The declaration.
        source: What to name in messages.

    Raises:
        UsageError: A world, a policy or a setting is unknown or faulty.
    """
    grid = grid_of(experiment.settings, f"{source}: settings")
    worlds = tuple(_worlds(experiment, grid, source))
    specs = [one.spec for one in worlds]
    policies = policy_variants(experiment.policies, specs, oracle=experiment.oracle, source=source)
    for what, labels in (("worlds", [one.label for one in worlds]), ("policies", [one.label for one in policies])):
        for label in labels:
            if labels.count(label) > 1:
                raise UsageError(f"{source}: {what}: two are called {label}; give one of them another name")
    return Plan(experiment, worlds, policies, tuple(_parts(experiment, worlds, policies)))


def _worlds(experiment: Experiment, grid: Grid, source: str) -> Iterator[WorldVariant]:
    for place, named in enumerate(experiment.worlds):
        try:
            spec = read_world(named) if isinstance(named, str) else named
        except UsageError as error:
            raise UsageError(f"{source}: worlds[{place}]: {error}") from None
        for setting in combinations(grid):
            made = with_keys(spec, setting, f"{source}: settings")
            yield WorldVariant(label_of(spec.name, setting, grid), made, setting)


def _parts(
    experiment: Experiment, worlds: tuple[WorldVariant, ...], policies: tuple[PolicyVariant, ...]
) -> Iterator[Part]:
    number = 0
    for world in worlds:
        for policy in policies:
            for first in range(0, len(experiment.seeds), experiment.seeds_at_once):
                seeds = experiment.seeds[first : first + experiment.seeds_at_once]
                yield Part(number, world, policy, seeds, experiment.keep_decisions)
                number += 1
