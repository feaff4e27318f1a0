"""Experiments as they are declared: policies x settings x worlds x seeds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)

from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError
from simulators.comparison import ORACLE
from simulators.experiments.sweep_spec import SweepSpec
from simulators.table_faults import Place, TableFaults, fault_lines, faults_of, unknown_name
from simulators.worlds.table import Table
from simulators.worlds.world_spec import WorldSpec


def _as_table(value: object) -> object:
    return {"policy": value} if isinstance(value, str) else value


class PolicyEntry(BaseModel):
    """A policy by its text, with settings beside it, each a value or a list of values.

    In a file a text alone will do: `coin = "uniform"`. A setting whose name stands in the text in braces becomes part of
    it, as in `square_cb:{scale}`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    policy: str = Field(min_length=1)
    """See simulators.runs.named_policies."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Returns the settings by name."""
        return self.model_extra or {}


def _as_list(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if value < 1:
        raise ValueError(f"{value} is not at least 1")
    return list(range(1, value + 1))


def _distinct(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed stands in it twice")
    return seeds


Seeds = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1), BeforeValidator(_as_list), AfterValidator(_distinct)
]
"""Seeds, or how many of them: 20 stands for 1 to 20."""


class Experiment(Table):
    """What to run."""

    name: str = Field(min_length=1)
    description: str = ""
    worlds: tuple[str | InstanceOf[WorldSpec], ...] = Field(min_length=1)
    """Names of worlds that come with the product, and paths of files, beside the experiment's own; in Python also worlds."""
    policies: Mapping[str, Annotated[PolicyEntry, BeforeValidator(_as_table)]] = Field(min_length=1)
    """By the label under which they stand in the results."""
    baselines: tuple[str, ...] = ()
    """Labels of policies to compare with."""
    without_exploration: Mapping[str, str] = Field(default_factory=dict)
    """For a policy the label of the one that is the same without exploration, so that its cost can be told."""
    oracle: bool = True
    """Whether the myopic oracle is run as well, under the label oracle, for regret against its own runs."""
    settings: Mapping[str, Any] = Field(default_factory=dict)
    """Of the worlds: values, or lists of values, by dotted key, such as `customers` or `reward.window_days`. Every
    combination makes a world of its own."""
    seeds: Seeds = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    seeds_at_once: int = Field(default=5, ge=1)
    """Runs that are made side by side, and kept or lost together."""
    keep_decisions: bool = False
    """Whether the results have a row for every decision."""
    sweep: SweepSpec = SweepSpec()

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        known = list(self.policies)
        found: list[tuple[Place, str]] = []
        places: list[tuple[Place, str]] = [(("baselines", place), name) for place, name in enumerate(self.baselines)]
        places += [(("without_exploration", name), name) for name in self.without_exploration]
        places += [(("without_exploration", name), twin) for name, twin in self.without_exploration.items()]
        if self.sweep.policy:
            places.append((("sweep", "policy"), self.sweep.policy))
        for place, name in places:
            if name not in known:
                found.append((place, f"{name!r} is none of the policies; {unknown_name(name, known, 'policies')}"))
        if self.oracle and ORACLE in known:
            found.append((("policies", ORACLE), "is taken by the myopic oracle; choose another, or say oracle = false"))
        if found:
            raise TableFaults(found)
        return self


def read_experiment(path: Path) -> Experiment:
    """Returns the experiment of a TOML file; paths of worlds in it are beside the file.

    Raises:
        UsageError: It cannot be read or is faulty; the message names every place at fault, one a line.
    """
    tables = read_toml(path)
    worlds = tables.get("worlds")
    if isinstance(worlds, list):
        tables["worlds"] = [_beside(path, name) for name in worlds]
    return parse_experiment(tables, str(path))


def parse_experiment(tables: Mapping[str, Any], source: str) -> Experiment:
    """Returns the experiment of the tables of a file.

    Raises:
        UsageError: It is faulty; source is named in the message.
    """
    try:
        return Experiment.model_validate(tables)
    except ValidationError as error:
        raise UsageError("\n".join(fault_lines(faults_of(error, Experiment), tables, source))) from None


def _beside(path: Path, name: object) -> object:
    if isinstance(name, str) and (path.parent / name).exists():
        return str(path.parent / name)
    return name
