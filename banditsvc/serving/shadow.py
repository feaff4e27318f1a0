"""Shadows: a second policy or model that decides alongside, is logged and never answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog

from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import ShadowDecision
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.reproduce import SHADOW
from banditsvc.core.rules import RuleFault
from banditsvc.core.sampling import choose, decision_draw
from banditsvc.core.scoring import Scorer
from banditsvc.serving.answering import Answers, answer
from banditsvc.serving.entry_rows import EntryRows, entry_rows
from banditsvc.serving.prepared_set import PreparedSet
from banditsvc.serving.to_decide import ToDecide

_log = structlog.get_logger(__name__)
_MOST_ENCODED = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """A policy with a model; either may be the one at work."""

    policy: Policy
    model: Model
    scorer: Scorer
    _encoded: dict[tuple[int, str], tuple[Campaign, EncodedCampaign]] = field(default_factory=dict)
    """By identity of the campaign, which is held so that its identity stays its own, and treatment_id."""
    _told: set[str] = field(default_factory=set)
    """Kinds of failure that were logged."""

    def decide(self, portfolio: Portfolio, rows: EntryRows) -> Sequence[ShadowDecision | None]:
        """Returns what the shadow would do with each request, None where it fails. It never raises."""
        try:
            return self._decide(portfolio, rows)
        except RuleFault:
            self.tell(portfolio, "rules do not fit the context schema")
            return [None] * len(rows.requests)
        except Exception as failure:  # noqa: BLE001  # whatever fails in a shadow must not touch the answer
            if len(rows.requests) > 1:
                return [self.decide(portfolio, entry_rows([request]))[0] for request in rows.requests]
            self.tell(portfolio, type(failure).__name__)
            return [None]

    def _decide(self, portfolio: Portfolio, rows: EntryRows) -> Sequence[ShadowDecision | None]:
        sets = {id(one.prepared): one.prepared for one in rows.requests}
        encoded = {key: self.entries(prepared) for key, prepared in sets.items()}
        each = [encoded[id(one.prepared)] for one in rows.requests]
        answers = answer(self.policy, self.scorer, portfolio.context_schema, rows, each)
        draws = [decision_draw(portfolio.salt, SHADOW, one.decision_id, 0) for one in rows.requests]
        with np.errstate(invalid="ignore"):
            chosen = choose(answers.probabilities, np.array(draws)).tolist()
        if not answers.is_sound.all():
            self.tell(portfolio, "not finite")
        return [
            self._decision(request, answers, row, chosen[row]) if answers.is_sound[row] else None
            for row, request in enumerate(rows.requests)
        ]

    def _decision(self, request: ToDecide, answers: Answers, row: int, place: int) -> ShadowDecision:
        prepared = request.prepared
        return ShadowDecision(
            policy_version=self.policy.policy_version,
            model_version=self.model.model_version,
            campaign_id=prepared.ids[place],
            treatment_id=prepared.treatments[place] if prepared.treatments else "",
            selection_probabilities=tuple(answers.probabilities[row].tolist()),
            predicted_rewards=tuple(answers.predicted[row].tolist()),
            predicted_deviations=() if answers.deviations is None else tuple(answers.deviations[row].tolist()),
            learned=self.model.learned,
        )

    def entries(self, prepared: PreparedSet) -> list[EncodedCampaign]:
        """Returns the features of a set's entries as the shadow's own encoder makes them."""
        treatments = prepared.treatments or ("",) * len(prepared.ids)
        return [self._entry(*pair) for pair in zip(prepared.campaigns, treatments, strict=True)]

    def _entry(self, campaign: Campaign, treatment_id: str) -> EncodedCampaign:
        key = (id(campaign), treatment_id)
        known = self._encoded.get(key)
        if known is not None:
            return known[1]
        encoded = self.scorer.encoder.campaign(campaign, campaign.treatment(treatment_id))
        if len(self._encoded) >= _MOST_ENCODED:
            self._encoded.clear()
        self._encoded[key] = (campaign, encoded)
        return encoded

    def tell(self, portfolio: Portfolio, kind: str) -> None:
        """Logs a kind of failure, once."""
        if kind not in self._told:
            self._told.add(kind)
            _log.error("shadow_failed", portfolio_id=portfolio.portfolio_id, kind=kind)
