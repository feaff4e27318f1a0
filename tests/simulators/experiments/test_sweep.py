"""Sweeps: which setting is named, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.usage_error import UsageError
from simulators.comparison import Conclusion
from simulators.experiments.plan import Plan
from simulators.experiments.report.experiment_report import report_of
from simulators.experiments.report.sweep_words import candidate_rows, sweep_sentences, sweep_values
from simulators.experiments.run_experiment import plan_of, run_plan
from simulators.experiments.sweep import Sweep, sweep_of, swept_policy
from tests.simulators.experiments.small_experiment import EXPERIMENT, simulate, write_experiment

SWEEP = """
name = "how much chance"
worlds = ["corner-shop.toml"]
seeds = 8
seeds_at_once = 8
oracle = false
policies.ours = {{ policy = "epsilon_greedy:{{epsilon}}", epsilon = {values} }}
settings = {{ days = 40, campaigns.news.cost = 0.5, campaigns.sale.cost = 0.5 }}
sweep = {{ of = "conversions"{rails} }}
"""


def _sweep(folder: Path, values: str, rails: str = "") -> tuple[Plan, Sweep]:
    plan = plan_of(write_experiment(folder, SWEEP.format(values=values, rails=rails), odds=8.0))
    run_plan(plan, folder / "out", jobs=1)
    return plan, sweep_of(plan, report_of(folder / "out").comparison)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep over settings of which the first two differ hardly and the last by far."""
    folder = tmp_path_factory.mktemp("sweep")
    _sweep(folder, "[0.05, 0.06, 1.0]")
    return folder


def _read(swept: Path, rails: str) -> Sweep:
    """Returns the same results, read with other guard rails."""
    plan, sweep = _sweep(swept, "[0.05, 0.06, 1.0]", rails)
    assert "ours" == swept_policy(plan)
    return sweep


def test_a_clear_winner_is_named_with_its_interval(tmp_path: Path) -> None:
    """Where learning beats the coin by far, it is chosen, by an interval that excludes 0."""
    _, sweep = _sweep(tmp_path, "[0.05, 1.0]")
    (beside,) = sweep.beside
    text = " ".join(sweep_sentences(sweep))

    assert ("ours epsilon=0.05", "ours epsilon=1") == (sweep.chosen, sweep.runner_up)
    assert () == sweep.tied
    assert Conclusion.HIGHER is beside.conclusion
    assert beside.difference.interval(beside.level)[0] > 0.0
    assert text.startswith(
        "Choose ours epsilon=0.05. Its conversions are the highest; the runner-up, ours epsilon=1, has"
    )


def test_what_cannot_be_told_apart_is_said(swept: Path) -> None:
    """Two settings that differ by chance alone are said to be tied, with the number of seeds that would tell them."""
    sweep = _read(swept, "")
    text = " ".join(sweep_sentences(sweep))

    assert {"ours epsilon=0.05", "ours epsilon=0.06"} == {sweep.highest, *sweep.tied}
    assert sweep.chosen in {"ours epsilon=0.05", "ours epsilon=0.06"}
    assert "These cannot be told apart by their conversions: ours epsilon=0.0" in text
    assert "seeds" in text
    # All pairs of three settings are corrected for: no level is below that of the last one to be looked at.
    assert all(one.level >= 0.95 for one in sweep.beside)


def test_a_setting_that_breaks_a_guard_rail_is_not_chosen(swept: Path) -> None:
    """The highest value is not chosen where it starves a campaign that is best for some, and the reason is given."""
    sweep = _read(swept, ", most_opt_outs = 0.0, most_starved = 0")

    assert sweep.candidates["missed_campaigns"].eq(0).all()
    assert "" != sweep.chosen
    # With nothing new to find, the guard rail on finding it is kept.
    assert "" != _read(swept, ", most_days_to_find = 1").chosen


def test_guard_rails_that_none_keeps_leave_nothing_to_choose(tmp_path: Path) -> None:
    """Where every setting breaks a guard rail none is chosen, and the command ends with exit code 1."""
    text = EXPERIMENT.replace("[0.05, 0.5]", "[0.0, 0.001]").replace(
        "[settings]", "[sweep]\nmost_starved = 0\n[settings]"
    )
    text = text.replace('policy = "epsilon_greedy:{epsilon}", epsilon', 'policy = "fixed_order", floor')
    path = write_experiment(tmp_path, text.replace("60, 120", "60"))
    done = simulate("sweep", path, "--out", tmp_path / "out", "--json")
    found = json.loads(done.stdout)

    assert (1, None, None) == (done.returncode, found["chosen"], found["runner_up"])
    assert [1, 1] == [row["missed_campaigns"] for row in found["candidates"]]
    assert "1 starved campaigns, above 0" in found["why"][0]


def test_few_seeds_name_nothing(tmp_path: Path) -> None:
    """With fewer than five seeds nothing is chosen."""
    plan = plan_of(
        write_experiment(tmp_path, SWEEP.format(values="[0.05, 1.0]", rails="").replace("seeds = 8", "seeds = 3"))
    )
    run_plan(plan, tmp_path / "out", jobs=1)
    sweep = sweep_of(plan, report_of(tmp_path / "out").comparison)

    assert "" == sweep.chosen
    assert ["Nothing can be concluded from 3 seeds: it takes at least 5."] == list(sweep_sentences(sweep))


def test_there_must_be_settings_to_compare(tmp_path: Path) -> None:
    """A sweep without a list of values, or with one of several policies that is not named, is refused."""
    with pytest.raises(UsageError, match="no policy has several settings: give one lists of values"):
        swept_policy(plan_of(write_experiment(tmp_path, EXPERIMENT.replace("[0.05, 0.5]", "0.05"))))
    two = EXPERIMENT.replace('greedy = "greedy"', 'greedy = { policy = "greedy", floor = [0.0, 0.1] }')
    with pytest.raises(UsageError, match=r"sweep\.policy is missing; policies with several settings are ours, greedy"):
        swept_policy(plan_of(write_experiment(tmp_path, two)))
    named = two.replace("[settings]", '[sweep]\npolicy = "fixed"\n[settings]')
    with pytest.raises(UsageError, match=r"sweep\.policy: 'fixed' has one setting alone"):
        swept_policy(plan_of(write_experiment(tmp_path, named)))


def test_tables_and_json_say_the_same(swept: Path) -> None:
    """The chosen setting and the runner-up are marked in the table, and are those of the JSON."""
    sweep = _read(swept, "")
    rows = {row[0]: row[-1] for row in candidate_rows(sweep)}
    values = sweep_values(sweep)

    assert rows[values["chosen"]].startswith("chosen")
    assert rows[values["runner_up"]].startswith("runner-up")
    assert list(sweep_sentences(sweep)) == values["why"]
    assert 2 == len(values["highest_less_others"])
