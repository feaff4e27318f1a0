"""Unseen values: segments, categories and campaigns that a served model has never learned from.

Where a value was only renamed, what was learned under the former name is lost unless the settings say so
(renamed_from); a count that rises tells that it was forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.feature_hash import feature_hash
from banditsvc.core.features import CAMPAIGN_SEED, CONTEXT_SEED
from banditsvc.core.model import UNTRAINED, Model
from banditsvc.serving.active_portfolio import ActivePortfolio

_MOST_KEPT = 65_536
"""Values, and likewise lists of candidates, that are remembered; beyond it counting starts afresh."""


SEGMENT, CATEGORY, CAMPAIGN = "segment", "category", "campaign"
"""Kinds of values."""


_Value = tuple[str, str, str]
"""portfolio_id, kind and the value itself."""


class UnseenValues:
    """Tells of each such value once, when this process meets it first. Untrained models are not asked."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        """Takes the function that is told the portfolio_id and the kind of each."""
        self._tell = tell
        self._met: set[_Value] = set()
        self._offers: set[int] = set()
        """Hashes of the lists of candidates that were looked through, with portfolio and catalogue version.

        The lists themselves may be long. Should two have one hash, what is new in the second is told of when it is met
        in another.
        """

    def note(self, asked: RankInput, active: ActivePortfolio) -> None:
        """Looks at the values in a request and in the campaigns that it is about."""
        if active.model.model_version == UNTRAINED:
            return
        self._note_context(asked.context, asked.portfolio_id, active.model)
        try:
            offer = hash((asked.portfolio_id, active.catalogue_version, asked.candidates))
            if offer in self._offers:
                return
            if len(self._offers) >= _MOST_KEPT:
                self._offers.clear()
            self._offers.add(offer)
        except TypeError:  # a campaign given inline has no hash
            pass
        for campaign in _campaigns(asked, active):
            self._note_campaign(campaign, asked.portfolio_id, active.model)

    def _note_context(self, context: CustomerContext, portfolio_id: str, model: Model) -> None:
        spec = model.learner.encoder
        if context.segment:
            value = (portfolio_id, SEGMENT, context.segment)
            if value not in self._met:
                former = spec.segment_renamed_from.get(context.segment, context.segment)
                self._meet(value, f"segment={former}", CONTEXT_SEED, model)
        for category in context.favourites:
            value = (portfolio_id, CATEGORY, category)
            if value not in self._met:
                former = spec.category_renamed_from.get(category, category)
                self._meet(value, f"favourites={former}", CONTEXT_SEED, model)

    def _note_campaign(self, campaign: Campaign, portfolio_id: str, model: Model) -> None:
        value = (portfolio_id, CAMPAIGN, campaign.campaign_id)
        if value not in self._met:
            self._meet(value, f"id={campaign.learned_as or campaign.campaign_id}", CAMPAIGN_SEED, model)
        value = (portfolio_id, CATEGORY, campaign.category)
        if campaign.category and value not in self._met:
            former = model.learner.encoder.category_renamed_from.get(campaign.category, campaign.category)
            self._meet(value, f"category={former}", CAMPAIGN_SEED, model)

    def _meet(self, value: _Value, feature: str, seed: int, model: Model) -> None:
        if len(self._met) >= _MOST_KEPT:
            self._met.clear()
        self._met.add(value)
        if model.weights[feature_hash(feature, seed) & (model.weights.size - 1)] == 0.0:
            portfolio_id, kind, _ = value
            self._tell(portfolio_id, kind)


def _campaigns(asked: RankInput, active: ActivePortfolio) -> Iterable[Campaign]:
    """Returns the campaigns that a request is about, but for NO_CONTACT and those that the catalogue does not have."""
    if not asked.candidates:
        return [campaign for campaign in active.catalogue.values() if campaign.state is CampaignState.LIVE]
    named = [active.catalogue.get(c) if isinstance(c, str) else c for c in asked.candidates]
    return [campaign for campaign in named if campaign is not None and campaign.campaign_id != NO_CONTACT]
