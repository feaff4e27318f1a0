"""`banditsvc simulate fit` on the example trial."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.cli.main import main
from simulators.worlds.read_world import read_world

EXAMPLES = Path("examples/history")
TRIAL = [str(EXAMPLES / "trial.map.toml"), "--data", str(EXAMPLES / "trial.csv"), "--reward", "bought"]


def _fit(*arguments: str) -> int:
    """Runs the command and returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "fit", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_trial_becomes_a_world_with_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The world file can be read, its head tells of the data, and JSON and page say whether the fit is calibrated."""
    world, page = tmp_path / "shop.toml", tmp_path / "shop.html"
    assert 0 == _fit(*TRIAL, "--out", str(world), "--html", str(page), "--json")
    out, err = capsys.readouterr()
    found = json.loads(out)

    assert not err
    assert ["news", "sale", "club"] == [one.campaign_id for one in read_world(str(world)).campaigns]
    head = world.read_text("utf-8").splitlines()
    assert head[0].startswith("# Fitted to the trial trial (trial.csv), reward bought on ")
    assert head[1].startswith("# SHA-256 of the data: ")
    assert (13_500, 2_700) == (found["rows"], found["calibration"]["held_out_rows"])
    assert found["calibration"]["verdict"] in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "w.toml"], "give a column map with --data and --reward, or --data-dir: one of the two"),
        ([*TRIAL[:-1], "visits", "--out", "w.toml"], "the column map has no reward 'visits'; it has bought"),
        ([*TRIAL, "--data-dir", "nowhere", "--out", "w.toml"], "one of the two"),
        (["--data-dir", "nowhere", "--out", "w.toml"], "nowhere"),
        ([*TRIAL, "--out", "/proc/none/w.toml"], "cannot write /proc/none/w.toml"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong options, files and places end with a message and an exit code, without a stack trace."""
    code = _fit(*arguments)
    told = capsys.readouterr().err

    assert code in {1, 2}
    assert message in told
    assert "Traceback" not in told
