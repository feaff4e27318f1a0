"""`banditsvc rehearse` on the example history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.cli.main import main

EXAMPLES = Path("examples/history")
FILES = ["--history", str(EXAMPLES / "sends.csv"), "--orders", str(EXAMPLES / "orders.csv")]


def _rehearse(*arguments: str) -> int:
    """Runs the command and returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["rehearse", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_history_gets_its_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has every answer with its interval, and the counts of the files."""
    assert 0 == _rehearse(*FILES, "--seeds", "10", "--weeks", "1", "--json")
    out, err = capsys.readouterr()
    found = json.loads(out)

    assert not err
    assert (8_400, 175) == (found["sends"], found["orders"])
    assert (False, "TOO_FEW_RESPONSES") == (found["provable"], found["why"])
    assert "nothing is provable within 1 week." in found["answer"]
    assert {"value", "low", "high"} == set(found["left_on_table"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--history", "none.csv"], "cannot read none.csv"),
        ([*FILES, "--map", "campaign_id=what"], "campaign_id is mapped to column what, which the file lacks"),
        ([*FILES, "--priority", "tea"], "the history has no campaign tea"),
        ([*FILES, "--policy", "best"], "'best' is no policy"),
        ([*FILES, "--policy", "oracle"], "'oracle' is no policy of the service: choose one that learns"),
        ([*FILES, "--policy", "default frozen=true"], "is no policy of the service"),
        ([*FILES, "--control-share", "1"], "--control-share is 1: it must be between 0 and 1"),
        ([*FILES, "--time-zone", "Mars"], "--time-zone 'Mars' is no time zone"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong options and files end with exit code 2 and a message, without a stack trace."""
    code = _rehearse(*arguments)
    told = capsys.readouterr().err

    assert 2 == code
    assert message in told
    assert "Traceback" not in told
