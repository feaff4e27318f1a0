"""What an experiment says, from its directory of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.comparison import ORACLE, Comparison, compare
from simulators.experiments.manifest import read_manifest
from simulators.experiments.results import read_results
from simulators.runs.run_frames import RunFrames


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExperimentReport:
    """The results of an experiment with what they say."""

    name: str
    description: str
    worlds: Mapping[str, Mapping[str, Any]]
    """What was declared of each world, by label."""
    policies: Mapping[str, Mapping[str, Any]]
    """What was declared of each policy, by label."""
    seeds: tuple[int, ...]
    code: Mapping[str, str]
    frames: RunFrames
    comparison: Comparison

    def policies_of(self, world: str) -> list[str]:
        """Returns the labels of the policies that were run in a world, in their order."""
        values = self.comparison.values
        return list(values.loc[values["world"] == world, "policy"])

    @property
    def has_oracle(self) -> bool:
        """Returns whether the myopic oracle's own runs are among the runs."""
        return ORACLE in self.policies


def report_of(directory: Path) -> ExperimentReport:
    """Returns the report of a finished experiment.

    Raises:
        UsageError: The directory has no results, or not all of them yet.
    """
    manifest = read_manifest(directory)
    declared = manifest["declaration"]
    frames = read_results(directory)
    return ExperimentReport(
        name=declared["name"],
        description=declared["description"],
        worlds=declared["worlds"],
        policies=declared["policies"],
        seeds=tuple(declared["seeds"]),
        code=manifest["code"],
        frames=frames,
        comparison=compare(frames, declared["baselines"], without_exploration=declared["without_exploration"]),
    )
