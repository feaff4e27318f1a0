"""Simulators: worlds whose truth is known, policies in them, and traffic that drives the service.

What researchers call stands here: `simulate` for policies in one world, `simulate_live` for the same through a running
service, `run_experiment` for many worlds, settings and seeds, `compare` for what came of them. It is loaded when it is
first named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.comparison import Comparison, compare
    from simulators.experiments.experiment import Experiment
    from simulators.experiments.run_experiment import run_experiment
    from simulators.live.simulate_live import simulate_live
    from simulators.runs.run_frames import RunFrames
    from simulators.runs.simulate import simulate
    from simulators.worlds.read_world import read_world
    from simulators.worlds.world_spec import WorldSpec

_HOMES = {
    "Comparison": "simulators.comparison",
    "Experiment": "simulators.experiments.experiment",
    "RunFrames": "simulators.runs.run_frames",
    "WorldSpec": "simulators.worlds.world_spec",
    "compare": "simulators.comparison",
    "read_world": "simulators.worlds.read_world",
    "run_experiment": "simulators.experiments.run_experiment",
    "simulate": "simulators.runs.simulate",
    "simulate_live": "simulators.live.simulate_live",
}
"""Where each name is."""

__all__ = [
    "Comparison",
    "Experiment",
    "RunFrames",
    "WorldSpec",
    "compare",
    "read_world",
    "run_experiment",
    "simulate",
    "simulate_live",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
