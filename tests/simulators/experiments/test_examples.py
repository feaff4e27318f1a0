"""The examples: experiments that can be run, and a notebook that does run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulators.experiments.run_experiment import plan_of

EXAMPLES = Path(__file__).parents[3] / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))


def _cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", sorted((EXAMPLES / "experiments").glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_can_be_planned(path: Path) -> None:
    """Each example declares known worlds and policies, with enough seeds to conclude from."""
    plan = plan_of(path)

    assert len(plan.experiment.seeds) >= 5
    assert plan.parts


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    """The code cells of a notebook run in their order in a fresh process, with warnings as errors."""
    # What ends a cell is shown by a notebook; here each is a plain block of code.
    script = tmp_path / "notebook.py"
    script.write_text("\n".join("".join(cell["source"]) + "\n" for cell in _cells(path)))
    environment = {**os.environ, "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(tmp_path), "PYTHONPATH": str(EXAMPLES.parent)}
    command = [sys.executable, "-W", "error", "-W", "ignore:FigureCanvasAgg is non-interactive", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False, env=environment)

    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_outputs(path: Path) -> None:
    """Committed notebooks have neither outputs nor counts of executions."""
    assert {(0, None)} == {(len(cell["outputs"]), cell["execution_count"]) for cell in _cells(path)}
