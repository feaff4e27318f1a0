from __future__ import annotations

import json
from pathlib import Path

from banditsvc.core.portfolio import TrainSpec
from offline_eval.logged import read_logged
from tests.cli.services import Run
from tests.reports.chosen_log import chosen_log


def test_what_was_learned_is_exported_as_dsjson(run: Run, tmp_path: Path) -> None:
    """The command writes lines and arguments, and says how to read a prediction; it needs no model to be there yet."""
    data, out = chosen_log(tmp_path / "data", 200, train=TrainSpec()), tmp_path / "out"
    arguments = ("export", "--format", "dsjson", "--to", out, "--data", data)
    table, told = run(*arguments), json.loads(run(*arguments, "--json").out)

    assert told["arguments"] == (out / "vw-arguments.txt").read_text().strip()
    assert told["rows"] == {"learned.dsjson": len(read_logged(out / "learned.dsjson"))}
    assert told["is_same_model"] is True
    for text in ("in the order in which they were learned", "--cb_adf", "x predicted cost"):
        assert text in table.out


def test_a_directory_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    """A file where the directory should be is a clear error, and nothing is written."""
    data, taken = chosen_log(tmp_path / "data", 20), tmp_path / "taken"
    taken.write_text("")
    failed = run("export", "--format", "dsjson", "--to", taken, "--data", data)
    assert 1 == failed.exit_code
    assert f"cannot write to {taken}" in failed.error
