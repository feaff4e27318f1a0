"""Explaining decisions: from the log, and from the weights of the model while they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from banditsvc.core.campaign import Campaign
from banditsvc.core.contributions import Contribution, contributions
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.explanation import Explanation, explained_entries, summary
from banditsvc.core.features import Encoder
from banditsvc.core.ghost import as_if_sent
from banditsvc.core.model import UNTRAINED, Model, untrained_model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reproduce import SELECT, is_reproduced
from banditsvc.core.sampling import decision_draw
from banditsvc.core.scoring import Scorer
from banditsvc.core.unmet_rules import explained_rejections
from banditsvc.ports import DecisionLog, ModelRegistry
from banditsvc.serving.decision_campaigns import campaigns_as_of, eligible_campaigns
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A decision with what it was made with."""

    decision: Decision
    """Of a held-out customer what would have been decided."""
    portfolio: Portfolio
    """As of the decision's portfolio_version."""
    policy: Policy | None
    campaigns: Sequence[Campaign] | None
    """Of each entry, as of the decision's catalogue_version; None where one is not known."""


@dataclass(frozen=True, slots=True)
class _Scores:
    """What the weights say."""

    contributions: Sequence[tuple[Contribution, ...]] = ()
    reproduced: bool = False
    missing: str = ""


class Explainer:
    """Says why a decision was made as it was."""

    def __init__(self, resources: Resources, log: DecisionLog, registry: ModelRegistry) -> None:
        self._resources = resources
        self._log = log
        self._registry = registry
        # Weights may take much memory, so one decision at a time is explained from them.
        self._turn = asyncio.Lock()

    async def explain(self, decision: Decision) -> Explanation:
        """Returns why a decision was made as it was. The work is done off the event loop, so it holds up no Rank.

        Raises:
            NotFound: Its portfolio does not exist.
        """
        state = self._resources.state(decision.input.portfolio_id)
        policies = {recorded.value.policy_version: recorded.value for recorded in state.policies}
        policy, newest = policies.get(decision.policy_version), state.portfolio.value
        campaigns = eligible_campaigns(decision, state)
        rejected = _rejected(decision, state)
        async with self._turn:
            return await asyncio.to_thread(self._explain, decision, newest, policy, campaigns, rejected)

    def _explain(
        self,
        decision: Decision,
        newest: Portfolio,
        policy: Policy | None,
        campaigns: Sequence[Campaign] | None,
        rejected: Mapping[str, Campaign],
    ) -> Explanation:
        portfolio = self._portfolio(decision, newest)
        case = _Case(decision=as_if_sent(decision), portfolio=portfolio, policy=policy, campaigns=campaigns)
        if decision.result is Result.HELD_OUT:
            return _held_out(case, summary(decision, (), None))
        if decision.decided_by is DecidedBy.HISTORICAL:
            return _historical(decision)
        scores = self._scores(case)
        entries = explained_entries(decision, scores.contributions)
        return Explanation(
            entries=entries,
            draw=decision_draw(portfolio.salt, SELECT, decision.decision_id, decision.draw_attempt),
            probabilities_reproduced=_is_reproduced(case),
            scores_reproduced=scores.reproduced,
            summary=summary(decision, entries, policy.exploration if policy else None),
            missing=scores.missing,
            rejected=explained_rejections(decision.input, decision.rejections, portfolio, rejected),
        )

    def _portfolio(self, decision: Decision, newest: Portfolio) -> Portfolio:
        """Returns the settings that a decision was made with; only the log has older ones."""
        if newest.portfolio_version == decision.portfolio_version:
            return newest
        found = newest
        for recorded in self._log.read_resources(0):
            match recorded.value:
                case Portfolio(portfolio_id=newest.portfolio_id, portfolio_version=decision.portfolio_version):
                    found = recorded.value
        return found

    def _scores(self, case: _Case) -> _Scores:
        decision = case.decision
        if not decision.eligible:
            return _Scores(missing="nothing was eligible, so nothing was scored")
        if not decision.predicted_rewards:
            return _Scores(missing="no model answered, so there are no predicted rewards")
        if case.campaigns is None:
            return _Scores(missing=f"catalogue version {decision.catalogue_version} is not known")
        model = self._model(case)
        if model is None:
            return _Scores(missing=f"the weights of model {decision.model_version!r} are no longer kept")
        encoder = Encoder(model.learner.encoder)
        encoded = _encoded(encoder, decision, case.campaigns)
        asked = decision.input
        context = encoder.context(asked.context, asked.channel, asked.placement, asked.send_time_us)
        scorer = Scorer(model, encoder)
        scored, deviations = scorer.predict([context], encoded)
        names = encoder.context_names(asked.context, asked.channel, asked.placement, asked.send_time_us)
        is_equal = scored.tobytes() == np.array(decision.predicted_rewards).tobytes()
        known = () if deviations is None else tuple(deviations[0].tolist())
        is_equal = is_equal and known == decision.predicted_deviations
        return _Scores(contributions(model, names, encoded), is_equal)

    def _model(self, case: _Case) -> Model | None:
        portfolio, decision = case.portfolio, case.decision
        if decision.model_version == UNTRAINED:
            return untrained_model(portfolio.portfolio_id, portfolio.learner_version, portfolio.learner)
        return self._registry.load_model(portfolio.portfolio_id, decision.model_version)


def _rejected(decision: Decision, state: PortfolioState) -> dict[str, Campaign]:
    """Returns the campaigns that were dropped, as they were then, by id."""
    return campaigns_as_of(decision, state, [rejection.campaign_id for rejection in decision.rejections])


def _held_out(case: _Case, said: str) -> Explanation:
    """Returns the explanation of a held-out customer's decision: nothing of the ghost but that it can be reproduced."""
    decision = case.decision
    return Explanation(
        entries=(),
        draw=decision_draw(case.portfolio.salt, SELECT, decision.decision_id, decision.draw_attempt),
        probabilities_reproduced=_is_reproduced(case),
        scores_reproduced=False,
        summary=said,
        missing="what would have been sent is in the log alone, so that nobody sends it by mistake",
    )


def _historical(decision: Decision) -> Explanation:
    """Returns the explanation of a past send: what it was chosen from, as far as that was imported."""
    entries = explained_entries(decision)
    return Explanation(
        entries=entries,
        draw=0.0,
        probabilities_reproduced=False,
        scores_reproduced=False,
        summary=summary(decision, entries, None),
        missing="what has chosen it is not known here",
    )


def _is_reproduced(case: _Case) -> bool:
    """Returns whether the logged probabilities and the choice follow from the logged predicted rewards."""
    decision = case.decision
    if case.campaigns is None:
        return False
    if decision.decided_by is DecidedBy.POLICY and case.policy is None and decision.eligible:
        return False
    return is_reproduced(decision, case.policy, case.portfolio, case.campaigns)


def _encoded(encoder: Encoder, decision: Decision, campaigns: Sequence[Campaign]) -> list[EncodedCampaign]:
    """Returns the features of each entry."""
    ids = decision.treatments or ("",) * len(campaigns)
    return [
        encoder.campaign(one, one.treatment(treatment_id)) for one, treatment_id in zip(campaigns, ids, strict=True)
    ]
