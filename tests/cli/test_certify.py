"""Laws of `certify`: policies judged before they go live."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.certificate_file import read_certificate_file
from banditsvc.core.exploration import Uniform
from banditsvc.core.policy import Policy
from banditsvc.ports import Deployment
from tests.cli.services import Run
from tests.reports.chosen_log import chosen_log
from tests.store.build import SHOP

FEW = ("--runs", "1", "--find-days", "7")
"""One run in each world: enough to see that they are run, too few to tell."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that an equal draw is in force for, in which the model knows what is better."""
    settings: list[Policy | Deployment] = [
        Policy(portfolio_id=SHOP, policy_version=1, exploration=Uniform()),
        Deployment(portfolio_id=SHOP, policy_version=1),
    ]
    return chosen_log(tmp_path_factory.mktemp("log"), 4_000, predicted=(0.4, 0.4, 0.2), settings=settings)


def test_a_log_and_worlds_make_a_certificate(run: Run, data: Path, tmp_path: Path) -> None:
    """A better policy passes every check on the log; the file is the certificate, bound to policy and portfolio, and the
    page has the verdict of each check.
    """
    out, html = tmp_path / "certificate.json", tmp_path / "certificate.html"
    ended = run("certify", "--policy", "greedy floor=0.3", "--data", data, "--out", out, "--html", html, *FEW)
    found = read_certificate_file(out)
    verdicts = {check.name: check.verdict.name for check in found.checks}

    assert dict.fromkeys(("audit", "support", "budget"), "PASS") == {
        name: verdicts[name] for name in ("audit", "support", "budget")
    }
    assert SHOP == found.portfolio_id
    assert {"PASS": 0, "FAIL": 1, "NOT_ENOUGH_DATA": 2}[found.verdict.name] == ended.exit_code
    page = html.read_text("utf-8")
    assert all(check.reason[1:40] in page for check in found.checks)
    assert found.verdict.name.replace("_", " ") in page


def test_a_greedy_policy_fails_by_what_it_leaves_to_judge(run: Run, data: Path) -> None:
    """A policy without exploration fails, ends with 1, and the reason names the remedy."""
    ended = run("certify", "--policy", "fixed_priority", "--data", data, "--json", *FEW)
    checks = {check["name"]: check for check in json.loads(ended.out)["checks"]}
    assert 1 == ended.exit_code
    assert "FAIL" == checks["evaluability"]["verdict"]
    assert "Set a floor" in checks["evaluability"]["reason"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--policy", "default", "--policy-version", "1"), "do not go together"),
        (("--policy", "oracle"), "not one that a service can run"),
        (("--policy", "default", "--budget", "2"), "between 0 and 1"),
        (("--policy", "default learner=posterior floor=0.05"), "learner would not be judged"),
        (("--policy", "default window_days=2 frozen=true", "--worlds-only"), "frozen, window_days would not be judged"),
        (("--policy-version", "7"), "policy of portfolio shop '7' does not exist"),
        (("--portfolio", "none"), "portfolio 'none' does not exist"),
        (("--policy", "default", "--out", "/dev/null/certificate.json"), "/dev/null"),
        (("--policy", "default", "--world", "nowhere"), "there is no world 'nowhere'"),
    ],
)
def test_what_cannot_be_judged_is_refused(run: Run, data: Path, options: tuple[str, ...], words: str) -> None:
    """Options that cannot be used end with a line that says why, before anything is run, and not with the code of FAIL."""
    ended = run("certify", "--data", data, *options)
    assert 2 == ended.exit_code
    assert words in ended.error
