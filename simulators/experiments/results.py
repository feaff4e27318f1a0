"""The results of an experiment: one file for each frame, put together from the parts in their order."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.usage_error import UsageError
from simulators.errors import SimulationError
from simulators.experiments.frame_tables import FRAMES, OPTIONAL_FRAMES, schema_of
from simulators.experiments.plan import Part
from simulators.experiments.run_part import PARTS, part_directory
from simulators.experiments.whole_files import failures_named, whole_directory
from simulators.runs.run_frames import RunFrames

RESULTS = "results"
_ANEW = "run the experiment anew, into another directory"


def has_results(directory: Path) -> bool:
    """Returns whether an experiment is finished."""
    return (directory / RESULTS).is_dir()


def put_together(directory: Path, parts: Sequence[Part]) -> None:
    """Makes the results of all parts, and then removes these. A part at a time is in memory.

    Raises:
        SimulationError: A part is not there; nothing is made.
        WriteFailed: The disk is full, or the like; the parts are still there.
    """
    missing = [part for part in parts if not part_directory(directory, part).is_dir()]
    if missing:
        raise SimulationError(
            f"{len(missing):,} of {len(parts):,} parts are not there, the first of them {missing[0]}: run the experiment "
            "again, and it goes on"
        )
    for left_behind in directory.glob(f".{RESULTS}.*"):  # by a run that was killed here
        shutil.rmtree(left_behind)
    with whole_directory(directory / RESULTS) as folder:
        for name in FRAMES:
            files = [part_directory(directory, part) / f"{name}.parquet" for part in parts]
            present = [file for file in files if file.exists()]
            if not present:
                continue
            with failures_named(directory / RESULTS / f"{name}.parquet"):
                _join(present, folder / f"{name}.parquet", schema_of(name))
    remove_parts(directory)


def remove_parts(directory: Path) -> None:
    """Removes the parts of which results were made."""
    shutil.rmtree(directory / PARTS, ignore_errors=True)


def _join(files: Sequence[Path], path: Path, schema: pa.Schema) -> None:
    with pq.ParquetWriter(path, schema) as out:
        for file in files:
            out.write_table(pq.read_table(file, schema=schema))


def read_results(directory: Path) -> RunFrames:
    """Returns the results of a finished experiment.

    Raises:
        UsageError: It is not finished, a file is missing or not readable, or it is of another version.
    """
    if not has_results(directory):
        raise UsageError(f"{directory} has no results yet: run the experiment again, and it goes on")
    return RunFrames(**{name: _read(directory / RESULTS / f"{name}.parquet", name) for name in FRAMES})


def _read(path: Path, name: str) -> pd.DataFrame:
    if not path.exists():
        if name in OPTIONAL_FRAMES:
            return pd.DataFrame()
        raise UsageError(f"there is no {path}; {_ANEW}")
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(f"cannot read {path}: {str(error).splitlines()[0]}; {_ANEW}") from None
    if table.column_names != schema_of(name).names:
        raise UsageError(f"{path} has not the columns of this version; {_ANEW}")
    frame: pd.DataFrame = table.to_pandas()
    return frame
