"""Laws of unseen values: each is told once, and only of a model that has learned without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.feature_hash import feature_hash
from banditsvc.core.features import CAMPAIGN_SEED, CONTEXT_SEED
from banditsvc.core.model import Model
from banditsvc.core.portfolio import EncoderSpec, LearnerSpec
from banditsvc.core.scoring import Scorer
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.unseen_values import UnseenValues
from tests.core.funnel_worlds import LEARNER
from tests.serving.test_active_portfolio import activated, of_list

CAMPAIGNS = of_list(
    Campaign(campaign_id="old", category="shoes"),
    Campaign(campaign_id="new", category="coats"),
    Campaign(campaign_id="renamed", category="boots", learned_as="old"),
    Campaign(campaign_id="draft", category="hats", state=CampaignState.DRAFT),
)


def learned(names: Iterable[tuple[str, int]], spec: EncoderSpec | None = None) -> ActivePortfolio:
    """Returns a portfolio with a model that has learned from these features, in namespaces of these seeds."""
    learner: LearnerSpec = dataclasses.replace(LEARNER, encoder=spec or EncoderSpec())
    active = activated(CAMPAIGNS)
    weights = np.zeros(1 << learner.train.bits, dtype=np.float32)
    for name, seed in names:
        weights[feature_hash(name, seed) & (weights.size - 1)] = 0.5
    model: Model = dataclasses.replace(active.model, model_version="1.1", learner=learner, weights=weights)
    return ActivePortfolio(
        organization=active.organization,
        portfolio=active.portfolio,
        catalogue=active.catalogue,
        catalogue_version=1,
        funnel=active.funnel,
        policy=active.policy,
        model=model,
        encoder_version=1,
        scorer=Scorer(model),
    )


def asked(
    *candidates: str | Campaign, segment: str | None = None, favourites: Iterable[str] = (), portfolio_id: str = "shop"
) -> RankInput:
    """Returns a request about some campaigns."""
    context = CustomerContext(segment=segment, favourites=dict.fromkeys(favourites, 1.0))
    return RankInput(portfolio_id=portfolio_id, customer_id="c", send_time_us=0, context=context, candidates=candidates)


def told(active: ActivePortfolio, *requests: RankInput) -> list[tuple[str, str]]:
    """Returns what a fresh process tells of requests."""
    heard: list[tuple[str, str]] = []
    unseen = UnseenValues(lambda portfolio_id, kind: heard.append((portfolio_id, kind)))
    for request in requests:
        unseen.note(request, active)
    return heard


def test_a_value_that_was_never_learned_from_is_told_once() -> None:
    """Segments, favourites, campaigns and their categories without a weight of their own count at their first meeting."""
    active = learned([("segment=gold", CONTEXT_SEED), ("id=old", CAMPAIGN_SEED), ("category=shoes", CAMPAIGN_SEED)])
    request = asked("old", segment="gold")
    assert [] == told(active, request)
    further = asked("old", "new", segment="silver", favourites=["wine"])
    kinds = ["segment", "category", "campaign", "category"]
    assert [("shop", kind) for kind in kinds] == told(active, request, further, further, asked("new", segment="silver"))


def test_without_candidates_the_live_catalogue_is_looked_at() -> None:
    """A request that names none is about the live campaigns; what is a draft, unknown or renamed is not unseen."""
    active = learned([("id=old", CAMPAIGN_SEED), ("category=shoes", CAMPAIGN_SEED), ("category=boots", CAMPAIGN_SEED)])
    assert [("shop", "campaign"), ("shop", "category")] == told(active, asked(), asked(), asked("gone", "NO_CONTACT"))


def test_a_campaign_that_comes_with_the_request_is_looked_at() -> None:
    """Inline campaigns count like those of the catalogue, and once."""
    inline = Campaign(campaign_id="inline", features={"depth": 1.0})
    assert [("shop", "campaign")] == told(learned([]), asked(inline), asked(inline))


def test_what_is_renamed_is_not_unseen() -> None:
    """Where the settings say what a segment or category was called, the former name is what was learned."""
    names = [(f"{name}={text}", CONTEXT_SEED) for name, text in (("segment", "gold"), ("favourites", "shoes"))]
    request = asked("gone", segment="premium", favourites=["footwear"])
    renamed = EncoderSpec(segment_renamed_from={"premium": "gold"}, category_renamed_from={"footwear": "shoes"})
    assert [] == told(learned(names, renamed), request)
    assert [("shop", "segment"), ("shop", "category")] == told(learned(names), request)


def test_an_untrained_model_has_nothing_unseen() -> None:
    """Nothing is told before something was learned, and what is met only then counts when it is met again."""
    heard: list[str] = []
    unseen = UnseenValues(lambda _, kind: heard.append(kind))
    unseen.note(asked("gone", segment="gold"), activated(CAMPAIGNS))
    assert [] == heard
    unseen.note(asked("gone", segment="gold"), learned([]))
    assert ["segment"] == heard


def test_long_lists_of_candidates_are_not_kept() -> None:
    """Of the lists that were looked through no names are kept, and none is told of again."""
    heard: list[str] = []
    unseen = UnseenValues(lambda _, kind: heard.append(kind))
    active = learned([])
    for _ in range(2):
        for number in range(5):
            unseen.note(asked(*(f"campaign-{number}-{place}" for place in range(100))), active)
            unseen.note(asked(f"gone-{number}", "new"), active)
    assert ["campaign", "category"] == heard
    assert {int} == {type(kept) for kept in unseen._offers}
    assert 10 == len(unseen._offers)
