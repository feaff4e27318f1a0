"""A trial with target and control groups, through a running service and into its lift report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from banditsvc.client import Client, ClientOptions
from banditsvc.core.activation import ActivationState
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.decision import Result
from banditsvc.reports.lift_of_log import lift_of_log
from banditsvc.store import SqliteLog
from offline_eval.lift import Metric, Population
from simulators.column_map import ColumnMap, load_column_map
from simulators.own_server import own_server
from simulators.trial import Trial, TrialError, load_trial
from simulators.trial_groups import TrialGroups
from simulators.trial_play import LIFT_DAYS, TrialPlay
from simulators.trial_run import TrialSettings, play_trial, run_trial
from tests.simulators.served_effect import served_effect
from tests.simulators.test_trial import COLUMNS as WITHOUT_CONTROL

MENS, WOMENS, NOTHING = range(3)
"""Arms of Hillstrom's trial."""
GROUPS = TrialGroups(holdout=0.3, uniform_random=0.2, business_as_usual=0.2)
ERRORS = 5.0
"""Standard errors by which a share may be off."""


def near(share: float, count: int) -> object:
    """Returns what a share of a count of customers may be."""
    return pytest.approx(share, abs=ERRORS * (share * (1 - share) / count) ** 0.5)


@pytest.fixture(scope="module")
def trial(lively_csv: Path) -> Trial:
    return load_trial(lively_csv, load_column_map("hillstrom"), "visit")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played") / "data"


@pytest.fixture(scope="module")
def play(trial: Trial, data: Path) -> TrialPlay:
    with own_server(data) as address, Client(address, ClientOptions(timeout_seconds=60.0)) as client:
        settings = TrialSettings(name="lively", reward="visit", shuffles=1, groups=GROUPS)
        return play_trial(client, trial, settings)[0]


def test_each_group_has_rows_of_the_arm_that_it_got(trial: Trial, play: TrialPlay) -> None:
    """Held-out customers are rows of no e-mail, those of the fixed order of its first, and an equal draw has a third of
    each arm; of every group as large a part is accepted, a third.
    """
    arms = {group: trial.arms[play.accepted_rows(group)] for group in AssignmentGroup}
    assert {NOTHING} == set(arms[AssignmentGroup.HOLDOUT].tolist())
    assert {MENS} == set(arms[AssignmentGroup.BUSINESS_AS_USUAL].tolist())
    uniform = arms[AssignmentGroup.UNIFORM_RANDOM]
    for arm in (MENS, WOMENS, NOTHING):
        assert float(np.mean(uniform == arm)) == near(1 / 3, uniform.size)
    shares = {**GROUPS.shares, "optimized": 0.3}
    for group in AssignmentGroup:
        assert arms[group].size / len(trial) == near(shares[group.name.lower()] / 3, len(trial))


def test_what_the_trial_cannot_answer_is_said_not_to_have_been_sent(data: Path, trial: Trial, play: TrialPlay) -> None:
    """A held-out decision is SENT, its moment came, where the trial sent nothing, and NOT_SENT elsewhere."""
    log = SqliteLog(data / "log.db", read_only=True)
    decisions = [one.value for one in log.read_decisions(play.portfolio_id, 0, 10_000)]
    states = {one.value.decision_id: one.value.state for one in log.read_activations(play.portfolio_id, 0, 10_000)}
    log.close()
    accepted = set(play.accepted_rows(AssignmentGroup.HOLDOUT).tolist())
    held_out = [decision for decision in decisions if decision.result is Result.HELD_OUT]
    assert len(trial) == len(decisions) == len(states)
    assert len(held_out) > 1_000
    for decision in held_out:
        is_accepted = int(decision.input.customer_id.removeprefix("customer-")) in accepted
        expected = ActivationState.SENT if is_accepted else ActivationState.NOT_SENT
        assert states[decision.decision_id] is expected


def test_the_lift_report_covers_the_effect_of_what_was_served(data: Path, trial: Trial, play: TrialPlay) -> None:
    """Of activated customers the report has the groups' own means, and its interval of the visit lift covers what the
    trial says of the mix that was served.
    """
    [horizon] = lift_of_log(data, play.portfolio_id, horizons=[LIFT_DAYS]).horizons
    report = horizon.report
    assert {group.name: play.accepted_rows(group).size for group in AssignmentGroup} == {
        group.group: group.customers for group in report.groups
    }
    [found] = [
        one
        for one in report.estimates
        if (one.target, one.control, one.metric, one.population)
        == ("OPTIMIZED", "HOLDOUT", Metric.CONVERSION, Population.ENROLLED)
    ]
    rewards = [play.accepted_rewards(group) for group in (AssignmentGroup.OPTIMIZED, AssignmentGroup.HOLDOUT)]
    assert (float(rewards[0].mean()), float(rewards[1].mean())) == pytest.approx(
        (found.target_mean, found.control_mean)
    )
    known = served_effect(trial, trial, play.accepted_rows())
    assert found.absolute_interval is not None
    assert found.absolute_interval.contains(known.effect)
    assert not found.absolute_interval.contains(0.0)


def test_the_known_effect_is_that_of_the_arms(visits: Trial) -> None:
    """Had everyone got one arm, the known effect is the difference of the arms' means, within its standard error."""
    rng = np.random.default_rng(1)
    for arm in (MENS, WOMENS, NOTHING):
        rows = np.flatnonzero(visits.arms == arm)
        known = served_effect(visits, visits, rng.permutation(rows)[:2_000])
        plain = float(visits.rewards[rows].mean() - visits.rewards[visits.arms == NOTHING].mean())
        # Of 2,000 customers the strata are not quite those of all.
        assert known.effect == pytest.approx(plain, abs=max(ERRORS * known.error, 1e-12))


def test_groups_are_in_the_figures(client: Client, charitable_csv: Path) -> None:
    """Of a trial with unequal arms too every group is accepted alike; the line of JSON has each group and portfolio."""
    trial = load_trial(charitable_csv, load_column_map("charitable"), "gave").random_part(2_000, seed=1)
    settings = TrialSettings(name="gifts", reward="gave", shuffles=2, policy="uniform", groups=GROUPS, jobs=2)

    figures = run_trial(client, trial, settings)

    line = json.loads(figures.json_line())
    assert ["OPTIMIZED", "UNIFORM_RANDOM", "BUSINESS_AS_USUAL", "HOLDOUT"] == list(line["groups"])
    assert 2 == len(line["portfolios"])
    for name, share in {**GROUPS.shares, "optimized": 0.3}.items():
        assert line["groups"][name.upper()]["accepted"] / 4_000 == near(share * 2 / 9, 4_000)
    assert (figures.accepted, figures.mean_reward) == pytest.approx(
        (line["groups"]["OPTIMIZED"]["accepted"], line["groups"]["OPTIMIZED"]["mean_reward"]), rel=0.5
    )
    assert set(figures.answers) <= {"ACCEPTED", "DUPLICATE"}


@pytest.mark.parametrize(
    ("groups", "columns", "message"),
    [
        (
            TrialGroups(holdout=0.1),
            WITHOUT_CONTROL,
            "nobody can be held out of this trial: it has no arm whose campaign_id",
        ),
        (TrialGroups(holdout=0.5, uniform_random=0.5), None, r"holdout \+ uniform_random is 1: below 1"),
        (TrialGroups(business_as_usual=-0.1), None, "the share business_as_usual is -0.1: it must be at least 0"),
        (TrialGroups(uniform_random=float("nan")), None, "the share uniform_random is nan"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups: TrialGroups, columns: ColumnMap | None, message: str) -> None:
    """Shares that are none, or leave nobody to the policy, are refused, and a holdout of a trial that sent to everyone."""
    with pytest.raises(TrialError, match=message):
        groups.check(columns or load_column_map("hillstrom"))


def test_a_trial_without_control_can_have_other_groups() -> None:
    """Without an arm of no contact the trial still answers for an equal draw and for business as usual."""
    TrialGroups(uniform_random=0.1, business_as_usual=0.1).check(WITHOUT_CONTROL)
    assert not TrialGroups().divides
    assert [] == TrialGroups().assignments()
