"""`banditsvc simulate`, as a shell calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client, ClientOptions
from simulators.own_server import own_server


def _simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "banditsvc", "simulate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)


def test_a_trial_ends_with_one_line_of_json(hillstrom_csv: Path) -> None:
    """`trial` starts a server of its own, plays the file and writes one line of JSON, and nothing else."""
    done = _simulate(
        "trial", "hillstrom", "--data", str(hillstrom_csv), "--reward", "visit", "--shuffles", "2", "--rows", "3000",
        "--json",
    )  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)
    (line,) = done.stdout.splitlines()
    figures = json.loads(line)
    assert list(figures) == ["policy", "reward", "mean_reward", "accepted", "shuffles", "stderr"]
    assert ("default", "visit", 2) == (figures["policy"], figures["reward"], figures["shuffles"])
    assert figures["accepted"] == pytest.approx(2_000, abs=5 * (6_000 * 2 / 9) ** 0.5)
    assert 0.08 < figures["mean_reward"] < 0.24


def test_a_running_server_can_play_twice(strong_csv: Path) -> None:
    """With --server the same trial can be played again on a server whose clock has moved on."""
    with own_server() as address:
        runs = [
            _simulate(
                "trial", "hillstrom", "--data", str(strong_csv), "--reward", "spend", "--shuffles", "1",
                "--rows", "600", "--policy", "fixed_priority", "--server", address, "--json",
            )
            for _ in range(2)
        ]  # fmt: skip

    assert [0, 0] == [run.returncode for run in runs], runs[1].stderr
    assert runs[0].stdout == runs[1].stdout


def test_two_segments_end_with_one_line_of_json() -> None:
    """`two-segments` writes policy, share, stderr and seeds; sending at random comes none of the way."""
    done = _simulate("two-segments", "--seeds", "2", "--decisions", "1000", "--policy", "uniform", "--json")

    figure = json.loads(done.stdout)
    assert list(figure) == ["policy", "share", "stderr", "seeds"]
    assert ("uniform", 2) == (figure["policy"], figure["seeds"])
    assert figure["share"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--reward", "profit"), "the column map has no reward 'profit'; it has conversion, spend, visit"),
        (("--reward", "visit", "--policy", "cover"), "'cover' is no policy: write default"),
        (("--reward", "visit", "--holdout", "1.5"), "the share holdout is 1.5: it must be at least 0 and below 1"),
    ],
)
def test_what_cannot_be_played_is_told(strong_csv: Path, arguments: tuple[str, ...], message: str) -> None:
    """A reward or policy that does not exist ends the command with code 2 and a message, before a server starts."""
    done = _simulate("trial", "hillstrom", "--data", str(strong_csv), *arguments)

    assert (2, "") == (done.returncode, done.stdout)
    assert f"error: {message}" in done.stderr


def test_a_server_that_does_not_answer_is_named(strong_csv: Path) -> None:
    """Where nobody answers at --server, the message names the address."""
    done = _simulate("trial", "hillstrom", "--data", str(strong_csv), "--reward", "visit", "--server", "127.0.0.1:9")

    assert (1, "") == (done.returncode, done.stdout)
    assert "Does a service answer at 127.0.0.1:9?" in done.stderr


def test_its_server_ends_with_it(tmp_path: Path) -> None:
    """A command that is told to end stops its server and removes its directory."""
    process = subprocess.Popen(
        [sys.executable, "-m", "banditsvc", "simulate", "demo"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not (serving := list(tmp_path.glob("*/address"))) and process.poll() is None:
            time.sleep(0.05)
        address = serving[0].read_text("utf-8").strip()
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    finally:
        process.kill()

    options = ClientOptions(timeout_seconds=5.0, most_attempts=1)
    with Client(address, options) as client, pytest.raises(BanditsvcError) as caught:
        client.list_portfolios()
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert list(tmp_path.iterdir()) == []
