"""Laws of what is provisional: it counts as the curves say, and what was put in can be taken out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.portfolio import LearnerKind, LearnerSpec, SettleSpec, TrainSpec
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.ports import RunningSums
from banditsvc.posterior import Lesson, PosteriorTrainer, statistics
from tests.learner.posterior_world import ENCODER, REWARD

FADING = TrainSpec(learner=LearnerKind.POSTERIOR, bits=12, half_life_decisions=300)
BY_DAYS = TrainSpec(learner=LearnerKind.POSTERIOR, bits=12, half_life_days=2.0)
FOR_EVER = TrainSpec(learner=LearnerKind.POSTERIOR, bits=12)


def spec(train: TrainSpec) -> LearnerSpec:
    """Returns settings with one checkpoint."""
    return LearnerSpec(reward=REWARD, settle=SettleSpec(checkpoints_us=(HOUR_US,)), train=train)


Early = tuple[Lesson, tuple[float, float]]


def lessons(count: int, campaigns: int = 3, seed: int = 1) -> list[Early]:
    """Returns what is learned at the checkpoint from decisions of a week: a click, or none so far."""
    rng = np.random.default_rng(seed)
    entries = [ENCODER.campaign(Campaign(campaign_id=f"c{i}", family=f"f{i % 7}")) for i in range(campaigns)]
    return [
        (
            Lesson(
                context=ENCODER.context(CustomerContext(segment=f"s{int(rng.integers(3))}"), "", ""),
                campaign=entries[int(rng.integers(campaigns))],
                nothing=0.0,
                send_time_us=number * 7 * DAY_US // count,
            ),
            (float(rng.random() < 0.3), 0.0),
        )
        for number in range(count)
    ]


def learn(trainer: PosteriorTrainer, one: Early, early: float | None, final: float) -> None:
    """Lets a trainer learn a final reward, with what had come of it by the checkpoint."""
    lesson = one[0]
    trainer.learn(
        lesson.context,
        lesson.campaign,
        scaled_reward=final,
        baseline=0.5,
        selection_probability=0.5,
        eligible_count=2,
        sums=RunningSums(),
        send_time_us=lesson.send_time_us,
        gains=(None if early is None else (early, 0.0), (final, 0.0)),
    )


def standing(trainer: PosteriorTrainer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns gram and moments of the checkpoint."""
    trainer.serialize()
    assert trainer._provisional is not None
    age = trainer._provisional._ages[0]
    return age.gram, age.moments


@pytest.mark.parametrize("train", [FADING, BY_DAYS, FOR_EVER])
def test_what_was_put_in_is_taken_out(train: TrainSpec) -> None:
    """However it fades, what stands at a checkpoint is what went in last: once all have left nothing does."""
    trainer = PosteriorTrainer(spec(train))
    mine = lessons(1_000)
    for number, lesson in enumerate(mine):
        trainer.put_in(0, *lesson)
        if number >= 200:
            trainer.take_out(0, *mine[number - 200])
    held = standing(trainer)[0][:, 0, 0].sum()
    for lesson in mine[800:]:
        trainer.take_out(0, *lesson)

    assert 100.0 < held <= 200.0 + 1e-9
    for sums in standing(trainer):
        assert np.abs(sums).max() < 1e-10


def test_campaigns_that_go_and_come_back_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the most nodes campaigns are counted to their family; what they put in is taken out there, wherever it is."""
    monkeypatch.setattr(statistics, "MOST_NODES", 20)
    trainer = PosteriorTrainer(spec(FADING))
    mine = lessons(4_000, campaigns=60)
    for number, lesson in enumerate(mine):
        trainer.put_in(0, *lesson)
        if number >= 900:
            trainer.take_out(0, *mine[number - 900])
        if number == 2_000:
            trainer = PosteriorTrainer(spec(FADING), trainer.serialize())
    own = standing(trainer)[0][:, 0, 0]
    for lesson in mine[3_100:]:
        trainer.take_out(0, *lesson)

    assert own.min() > -1e-9
    for sums in standing(trainer):
        assert np.abs(sums).max() < 1e-9


def test_a_state_that_was_stored_goes_on_bit_for_bit() -> None:
    """Stored and loaded in the middle, the trainer comes to the same bytes."""
    one, other = PosteriorTrainer(spec(BY_DAYS)), PosteriorTrainer(spec(BY_DAYS))
    mine = lessons(600)
    for number, lesson in enumerate(mine):
        for trainer in (one, other):
            trainer.put_in(0, *lesson)
            if number >= 100:
                trainer.take_out(0, *mine[number - 100])
                learn(trainer, mine[number - 100], lesson[1][0], lesson[1][0])
        if number % 150 == 149:
            other = PosteriorTrainer(spec(BY_DAYS), other.serialize())

    assert one.serialize() == other.serialize()
    assert one.weights().tobytes() == other.weights().tobytes()


def test_without_a_curve_checkpoints_wait() -> None:
    """Before it is known what share has come by a checkpoint, the model is that of final rewards alone, bit for bit."""
    with_ages, without = PosteriorTrainer(spec(FOR_EVER)), PosteriorTrainer(spec(FOR_EVER))
    for lesson in lessons(300):
        learn(with_ages, lesson, None, lesson[1][0])
        learn(without, lesson, None, lesson[1][0])
    for lesson in lessons(300, seed=2):
        with_ages.put_in(0, *lesson)

    assert with_ages.weights().tobytes() == without.weights().tobytes()


def test_provisional_rewards_count_by_the_share_that_has_come() -> None:
    """Where a quarter comes by the checkpoint, n decisions stand for n / 4, with what had come in place of a reward.

    Less what the share's own error takes away: of 1,000 responses it is (1 - F) / (F n) = .003 squared and relative, which
    at a mean of .25 and a variance of .1875 leaves 1 / (1 / 20 + .003 / 3) = 19.6 of 20.
    """
    trainer = PosteriorTrainer(spec(FOR_EVER))
    for number, lesson in enumerate(lessons(4_000, campaigns=1)):
        learn(trainer, lesson, float(number % 16 == 0), float(number % 4 == 0))
    young = [(one[0], (float(i % 8 == 0), 0.0)) for i, one in enumerate(lessons(80, campaigns=1, seed=2))]
    for lesson in young:
        trainer.put_in(0, *lesson)
    trainer.serialize()

    known = trainer._known()

    assert known.gram[:, 0, 0].sum() == pytest.approx(4_000 + 19.6, abs=0.02)
    assert known.moment[:, 0].sum() == pytest.approx(1_000 + 9.8, abs=0.02)
