"""Sweeps: which setting is named, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from banditsvc.usage_error import UsageError
from simulators.comparison import Comparison, Conclusion, compare
from simulators.experiments.plan import Plan
from simulators.experiments.report.sweep_words import candidate_rows, sweep_sentences, sweep_values
from simulators.experiments.run_experiment import plan_of
from simulators.experiments.sweep import sweep_of, swept_policy
from simulators.runs.simulate import simulate as simulate_here
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


def _plan(folder: Path, values: str, rails: str = "") -> Plan:
    return plan_of(write_experiment(folder, SWEEP.format(values=values, rails=rails), odds=8.0))


def _comparison(plan: Plan) -> Comparison:
    """Returns the comparison of a plan's runs, which are made here instead of in worker processes."""
    (world,) = plan.worlds
    policies = {one.label: one.text for one in plan.policies}
    return compare(simulate_here(world.spec, policies, seeds=plan.experiment.seeds), plan.baselines)


THREE = "[0.05, 0.0501, 1.0]"
"""Settings of which the first two differ hardly and the last by far."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return _comparison(_plan(tmp_path_factory.mktemp("sweep"), THREE))


def test_a_clear_winner_is_named_with_its_interval(tmp_path: Path) -> None:
    """Where learning beats the coin by far, it is chosen, by an interval that excludes 0."""
    plan = _plan(tmp_path, "[0.05, 1.0]")
    sweep = sweep_of(plan, _comparison(plan))
    (beside,) = sweep.beside
    text = " ".join(sweep_sentences(sweep))

    assert ("ours epsilon=0.05", "ours epsilon=1") == (sweep.chosen, sweep.runner_up)
    assert () == sweep.tied
    assert Conclusion.HIGHER is beside.conclusion
    assert beside.difference.interval(beside.level)[0] > 0.0
    assert text.startswith(
        "Choose ours epsilon=0.05. Its conversions are the highest; the runner-up, ours epsilon=1, has"
    )


def test_what_cannot_be_told_apart_is_said(tmp_path: Path, three: Comparison) -> None:
    """Two settings that differ by chance alone are said to be tied, with the number of seeds that would tell them."""
    sweep = sweep_of(_plan(tmp_path, THREE), three)
    text = " ".join(sweep_sentences(sweep))

    assert {"ours epsilon=0.05", "ours epsilon=0.0501"} == {sweep.highest, *sweep.tied}
    assert sweep.chosen in {"ours epsilon=0.05", "ours epsilon=0.0501"}
    assert "These cannot be told apart by their conversions: ours epsilon=0.0" in text
    assert "seeds" in text
    # All pairs of three settings are corrected for: no level is below that of the last one to be looked at.
    assert all(one.level >= 0.95 for one in sweep.beside)


def test_a_setting_that_breaks_a_guard_rail_is_not_chosen(tmp_path: Path) -> None:
    """A fixed order without a floor starves a campaign that is best for some; with the guard rail the other is chosen."""
    text = SWEEP.replace('"epsilon_greedy:{{epsilon}}", epsilon', '"fixed_order", floor')
    path = write_experiment(tmp_path, text.format(values="[0.0, 0.5]", rails=", most_starved = 0"), odds=8.0)
    plan = plan_of(path)
    sweep = sweep_of(plan, _comparison(plan))

    assert ["1 starved campaigns, above 0", ""] == sweep.candidates["fault"].tolist()
    assert ("ours floor=0.5", "", ()) == (sweep.chosen, sweep.runner_up, sweep.beside)
    assert "ours floor=0 is out of the question: 1 starved campaigns, above 0." == list(sweep_sentences(sweep))[-1]


def test_where_there_is_nothing_new_its_guard_rail_is_kept(tmp_path: Path, three: Comparison) -> None:
    """A limit on the days to find a new campaign rules nobody out in a world without one."""
    sweep = sweep_of(_plan(tmp_path, THREE, ", most_days_to_find = 1, most_opt_outs = 0.0"), three)

    assert ["", "", ""] == sweep.candidates["fault"].tolist()


def test_guard_rails_that_none_keeps_leave_nothing_to_choose(tmp_path: Path) -> None:
    """Where every setting breaks a guard rail none is chosen, and the command ends with exit code 1."""
    text = EXPERIMENT.replace("[0.05, 0.5]", "[0.0, 0.001]").replace(
        "[settings]", "[sweep]\nmost_starved = 0\n[settings]"
    )
    text = text.replace('policy = "epsilon_greedy:{epsilon}", epsilon', 'policy = "fixed_order", floor')
    path = write_experiment(tmp_path, text.replace("60, 120", "60"))
    done = simulate("sweep", path, "--out", tmp_path / "out", "--jobs", "1", "--json")
    found = json.loads(done.stdout)

    assert (1, None, None) == (done.exit_code, found["chosen"], found["runner_up"])
    assert [1, 1] == [row["missed_campaigns"] for row in found["candidates"]]
    assert "1 starved campaigns, above 0" in found["why"][0]


def test_few_seeds_name_nothing(tmp_path: Path) -> None:
    """With fewer than five seeds nothing is chosen."""
    text = SWEEP.format(values="[0.05, 1.0]", rails="").replace("seeds = 8", "seeds = 3")
    plan = plan_of(write_experiment(tmp_path, text))
    sweep = sweep_of(plan, _comparison(plan))

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


def test_tables_and_json_say_the_same(tmp_path: Path, three: Comparison) -> None:
    """The chosen setting and the runner-up are marked in the table, and are those of the JSON."""
    sweep = sweep_of(_plan(tmp_path, THREE), three)
    rows = {row[0]: row[-1] for row in candidate_rows(sweep)}
    values = sweep_values(sweep)

    assert rows[values["chosen"]].startswith("chosen")
    assert rows[values["runner_up"]].startswith("runner-up")
    assert list(sweep_sentences(sweep)) == values["why"]
    assert 2 == len(values["highest_less_others"])
