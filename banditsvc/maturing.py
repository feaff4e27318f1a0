"""Maturing: what each decision has brought by each of its ages, in log order.

The ages are the checkpoints of a portfolio and, last, the end of its outcome window. At each of them a decision settles
by the same rules (window over by then, feeds complete to there, grace), and what it is worth there depends on nothing but
the log up to that time: so whoever has learned it can ask again later and take out exactly what was put in.
"""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.attribution import Evidence, JoinedOutcome, join
from banditsvc.core.choice import Choice
from banditsvc.core.decision import Result
from banditsvc.core.portfolio import LearnerSpec, RewardSpec
from banditsvc.core.reward import Gains, Reward, gains_of, reward_of
from banditsvc.core.settle import SettleState, SettleTerms, settle
from banditsvc.evidence import Standing, histories_of, read_evidence
from banditsvc.ports import DecisionLog, Recorded
from banditsvc.settling import SettledBatch, SettledDecision, SettleLimit, closed_batch, settle_batch, terms_of

_UNKNOWN: tuple[None, None] = (None, None)


def ages_of(learner: LearnerSpec) -> tuple[int, ...]:
    """Returns the ages in microseconds, the end of the outcome window the last."""
    return (*learner.settle.checkpoints_us, learner.reward.window_us)


def terms_at(terms: SettleTerms, age_us: int) -> SettleTerms:
    """Returns the terms by which a decision settles at an age."""
    return terms if age_us == terms.window_us else replace(terms, window_us=age_us)


def aged_batch(
    log: DecisionLog,
    portfolio_id: str,
    learner: LearnerSpec,
    terms: SettleTerms,
    *,
    age: int,
    after: int,
    limit: SettleLimit,
    count: int,
) -> SettledBatch:
    """Returns the next decisions after a position, at most count, up to the first that is open at an age.

    Gains are those by all ages at the last, and at a checkpoint those by the one before and by itself. At the last age the
    limit says how decisions are settled, as_of too; at a checkpoint always as when they were due. A decision that is not
    open at an age is not open at any younger one.
    """
    ages = ages_of(learner)
    if len(ages) == 1:
        return settle_batch(log, portfolio_id, learner, after, limit, count=count, terms=terms)
    closed = closed_batch(log, portfolio_id, terms_at(terms, ages[age]), after, limit, count=count)
    is_last = age == len(ages) - 1
    younger = [terms_at(terms, age_us) for age_us in ages[0 if is_last else max(0, age - 1) : age]]
    questions = {
        (place, nth): stand
        for place, one in enumerate(closed.decisions)
        for nth, stand in enumerate(
            [*[Standing(one.recorded, one.history, settle(one.history, at, limit.limit_us)) for at in younger], one]
        )
        if stand.settlement.state is SettleState.SETTLED
    }
    # The windows of rivals are whole: an outcome is shared by those who will share it in the end.
    answers = read_evidence(log, portfolio_id, terms, learner.reward.attribution, list(questions.values()))
    worth = _Worth(learner.reward)
    found = {
        key: worth.of(question, evidence) for (key, question), evidence in zip(questions.items(), answers, strict=True)
    }
    aged = []
    for place, one in enumerate(closed.decisions):
        by_age = [found.get((place, nth), _UNKNOWN) for nth in range(1 + len(younger))]
        gains = tuple([its for _, its in by_age])
        aged.append(SettledDecision(one.recorded, one.settlement, (), by_age[-1][0], age, gains))
    return SettledBatch(aged, closed.has_more, closed.open_head)


def is_settled_at(log: DecisionLog, learner: LearnerSpec, recorded: Recorded[Choice], age_us: int) -> bool:
    """Returns whether a decision is learned from at an age, as far as the log says by now."""
    terms = terms_at(terms_of(log, recorded.value.input.portfolio_id, learner), age_us)
    return settle(histories_of(log, [recorded])[0], terms, log.watermark().time_us).state is SettleState.SETTLED


class _Worth:
    """What evidence is worth as a reward, and term by term."""

    def __init__(self, spec: RewardSpec) -> None:
        self._spec = spec
        # Most decisions have no outcomes, and all of those have one of two rewards.
        self._bare = {no_contact: self._of((), no_contact) for no_contact in (False, True)}

    def of(self, question: Standing, evidence: Evidence) -> tuple[Reward, Gains]:
        """Returns the reward and the gains."""
        decision = question.recorded.value
        no_contact = decision.result is Result.NO_CONTACT
        if not evidence.outcomes:
            return self._bare[no_contact]
        return self._of(join(decision, question.window, evidence, self._spec.attribution), no_contact)

    def _of(self, joined: tuple[JoinedOutcome, ...], no_contact: bool) -> tuple[Reward, Gains]:
        return reward_of(joined, self._spec, no_contact), gains_of(joined, self._spec, no_contact)
