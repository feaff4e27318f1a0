"""One part of an experiment, as a worker process makes it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from simulators.experiments.frame_tables import FRAMES, tables_of
from simulators.experiments.plan import Part
from simulators.experiments.whole_files import failures_named, whole_directory

PARTS = "parts"


def part_directory(directory: Path, part: Part) -> Path:
    """Returns where a part is once it is finished."""
    return directory / PARTS / f"{part.number:05}"


def run_part(directory: Path, part: Part) -> None:
    """Makes the runs of a part and keeps their frames.

    Raises:
        WriteFailed: They cannot be kept; nothing of them is left.
    """
    from simulators.runs.simulate import simulate  # noqa: PLC0415 - the parent, which writes the help, needs no learner

    frames = simulate(
        part.world.spec,
        {part.policy.label: part.policy.text},
        seeds=part.seeds,
        keep_decisions=part.keep_decisions,
    )
    tables = tables_of(frames, part.world.label)
    path = part_directory(directory, part)
    with whole_directory(path) as folder:
        for name in FRAMES:
            if name in tables:
                with failures_named(path / f"{name}.parquet"):
                    pq.write_table(tables[name], folder / f"{name}.parquet")
