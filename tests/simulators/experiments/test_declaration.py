"""Declarations of experiments: what they come to, and every fault with its place before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from banditsvc.usage_error import UsageError
from simulators.experiments.experiment import Experiment
from simulators.experiments.plan import make_plan
from simulators.experiments.run_experiment import plan_of
from simulators.worlds.read_world import read_world
from tests.simulators.experiments.small_experiment import EXPERIMENT, PARTS, simulate, write_experiment


def test_a_plan_has_every_combination_once(tmp_path: Path) -> None:
    """Runs are worlds with their settings x policies with theirs x seeds; parts are groups of seeds."""
    plan = plan_of(write_experiment(tmp_path))

    assert ["corner-shop customers=60", "corner-shop customers=120"] == [one.label for one in plan.worlds]
    assert ["ours epsilon=0.05", "ours epsilon=0.5", "greedy", "fixed", "oracle"] == [
        one.label for one in plan.policies
    ]
    assert PARTS == len(plan.parts)
    runs = [(part.world.label, part.policy.label, seed) for part in plan.parts for seed in part.seeds]
    assert 2 * 5 * 6 == len(set(runs)) == len(runs)
    assert {"epsilon_greedy:0.05", "epsilon_greedy:0.5"} == {one.text for one in plan.policies if one.name == "ours"}
    assert {"ours epsilon=0.05": "greedy", "ours epsilon=0.5": "greedy"} == plan.without_exploration


def test_settings_reach_the_world(tmp_path: Path) -> None:
    """A dotted key sets what it names, a campaign by its id; one value alone makes no part of the label."""
    settings = "reward.window_days = 5\ncampaigns.sale.base_rate = [0.2]\ncampaigns.news.odds.segment.family = 2.5\n"
    text = EXPERIMENT[: EXPERIMENT.index("[settings]")] + "[settings]\n" + settings
    (world,) = plan_of(write_experiment(tmp_path, text)).worlds

    assert "corner-shop" == world.label
    assert (5, 0.1, 0.2) == (world.spec.reward.window_days, *[one.base_rate for one in world.spec.campaigns])
    assert 2.5 == world.spec.campaigns[0].odds["segment"]["family"]


def test_an_experiment_can_be_declared_in_python() -> None:
    """Worlds may be values, and tables are as in a file."""
    world = read_world("two-segments").model_copy(update={"name": "twin"})
    policies = {"late": {"policy": "default", "window_days": [1, 3], "floor": 0.02}, "coin": "coin"}
    plan = make_plan(Experiment.model_validate({
        "name": "twins", "worlds": [world, "two-segments"], "policies": policies, "seeds": [3, 9], "oracle": False,
    }), "twins")  # fmt: skip

    assert ["twin", "two-segments"] == [one.label for one in plan.worlds]
    assert ["default window_days=1 floor=0.02", "default window_days=3 floor=0.02", "coin"] == [
        one.text for one in plan.policies
    ]
    assert {(3, 9)} == {part.seeds for part in plan.parts}


FAULTS = [
    ('name = "corner"', 'nam = "corner"', "{file}: nam: is unknown; did you mean name?"),
    ('worlds = ["corner-shop.toml"]', 'worlds = ["two-segment"]', "there is no world 'two-segment'"),
    ("seeds = 6", "seeds = 0", "{file}: seeds: 0 is not at least 1"),
    ("seeds = 6", "seeds = [1, 1]", "{file}: seeds: a seed stands in it twice"),
    ('["fixed"]', '["fixd"]', "{file}: baselines[0]: 'fixd' is none of the policies; did you mean fixed?"),
    ('ours = "greedy"', 'ours = "gredy"', "without_exploration.ours: 'gredy' is none of the policies"),
    ('greedy = "greedy"', 'greedy = "gredy"', "{file}: policies.greedy: 'gredy' is no policy: write default, greedy"),
    ('greedy = "greedy"', 'greedy = { policy = "greedy", flor = 1 }', "flor: is unknown; did you mean floor?"),
    ('greedy = "greedy"', 'greedy = { policy = "greedy", floor = 2 }', "floor: '2' is not at most 1"),
    ("epsilon = [", "eps = [", "{file}: policies.ours: {{epsilon}} stands for no setting; did you mean eps?"),
    ('"epsilon_greedy:{epsilon}"', '"square_cb:{g"', "policies.ours: a brace of 'square_cb:{{g' has no partner"),
    ('"epsilon_greedy:{epsilon}"', '"square_cb:{}"', "policies.ours: {{}} stands for no setting; settings are epsilon"),
    ("{epsilon}", "{epsilon:9z}", "policies.ours: {{epsilon:9z}} stands for no setting; did you mean epsilon?"),
    ("[0.05, 0.5]", "[]", "{file}: policies.ours.epsilon: needs at least one value"),
    ("[0.05, 0.5]", "[0.5, 0.5]", "{file}: policies.ours.epsilon: a value stands in it twice"),
    ("customers = [", "customrs = [", "{file}: settings.customrs: customrs is unknown; did you mean customers?"),
    ("customers = [", "reward.window = [", "settings.reward.window: window is unknown; did you mean window_days?"),
    ("customers = [", "campaigns.sail.cost = [", "settings.campaigns.sail.cost: sail is unknown; did you mean sale?"),
    ("customers = [60, 120]", "margin = [2.0]", "{file}: settings (corner-shop with margin = 2.0): margin: 2.0 is not"),
    ("[settings]", "[sweep]\nof = 'orders'\n[settings]", "{file}: sweep.of: 'orders' is unknown; known are profit"),
    ('fixed = "fixed_order"', 'fixed = "fixed_order"\noracle = "coin"', "policies.oracle: is taken by the myopic oracle"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Unknown keys, worlds, policies and settings, and values out of range, are refused with place and remedy."""
    assert old in EXPERIMENT
    path = write_experiment(tmp_path, EXPERIMENT.replace(old, new, 1))
    with pytest.raises(UsageError) as refusal:
        plan_of(path)

    assert message.format(file=path) in str(refusal.value)


def test_nothing_is_run_or_written_for_a_faulty_file(tmp_path: Path) -> None:
    """The command ends with exit code 2 and the message, without a directory of results."""
    path = write_experiment(tmp_path, EXPERIMENT.replace('"greedy"', '"gredy"'))
    done = simulate("run", path, "--out", tmp_path / "out")

    assert (2, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith(f"error: {path}: ")
    assert not (tmp_path / "out").exists()
