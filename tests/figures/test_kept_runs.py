"""Laws of kept runs: what was found is made once, and a figure that was broken off goes on."""

from __future__ import annotations

from pathlib import Path

from figures.kept_runs import Found, KeptRuns, digest_of


class _Counted:
    """Makes a number, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Found:
        self.asked += 1
        return {"mean": [0.1, float(self.asked)]}


def test_a_run_is_made_once(tmp_path: Path) -> None:
    """Under a key what was found first stands, in this program and in the next."""
    path, make = tmp_path / "build" / "runs.jsonl", _Counted()
    kept = KeptRuns(path)
    found = [kept.run("a", make), kept.run("a", make), KeptRuns(path).run("a", make)]
    assert found == [{"mean": [0.1, 1.0]}] * 3
    assert KeptRuns(path).run("b", make) == {"mean": [0.1, 2.0]}


def test_half_a_line_is_made_again(tmp_path: Path) -> None:
    """A program that was stopped while it wrote loses the run that it wrote, and no other."""
    path, make = tmp_path / "runs.jsonl", _Counted()
    kept = KeptRuns(path)
    kept.run("a", make)
    whole = path.read_text("utf-8")
    kept.run("b", make)
    path.write_text(path.read_text("utf-8")[: len(whole) + 10] + "\n", "utf-8")
    assert KeptRuns(path).run("a", make) == {"mean": [0.1, 1.0]}
    assert KeptRuns(path).run("b", make) == {"mean": [0.1, 3.0]}


def test_a_digest_names_what_it_is_of() -> None:
    """Other files have another digest, the same files the same, however they are named."""
    one, other = "figures/kept_runs.py", "figures/page.py"
    assert digest_of([one]) != digest_of([other])
    assert digest_of([one, other]) == digest_of([other, "figures/kept_*.py"])
