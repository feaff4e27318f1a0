"""Laws of explained decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from banditsvc.core.campaign import Campaign, Pin, Treatment
from banditsvc.core.context import CustomerContext
from banditsvc.core.contributions import MATCH
from banditsvc.core.decision import DecidedBy, Decision, LearnedState, Result
from banditsvc.core.explanation import Explanation
from banditsvc.core.exploration import EpsilonGreedy, FixedPriority
from banditsvc.core.model import Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.ports import RunningSums, ShadowSetting
from banditsvc.rpc.wire_explanation import write_explanation
from tests.serving.checkpoints import save_model
from tests.serving.shop import PORTFOLIO, Shop, in_shop, rank_call

GREETINGS = Campaign(
    campaign_id="greetings",
    category="shoes",
    lever=1.5,
    message_fields={"template": "g", "tone": "plain"},
    treatments=(
        Treatment(treatment_id="formal", tone="formal"),
        Treatment(treatment_id="playful", tone="playful", message_fields={"tone": "loud"}),
    ),
)
CONTEXT = CustomerContext(recency_days=10.0, segment="family", favourites={"shoes": 0.8, "toys": 0.1})


def model(seed: int = 1) -> Model:
    """Returns a model that tells campaigns apart."""
    weights = np.random.default_rng(seed).normal(0.0, 0.05, 1 << PORTFOLIO.learner.train.bits).astype(np.float32)
    return Model(
        portfolio_id="shop",
        model_version=f"1.{seed}",
        learner_version=1,
        learner=PORTFOLIO.learner,
        learned=LearnedState(5_000, 3.0, 10.0),
        weights=weights,
    )


async def open_shop(portfolio: Portfolio = PORTFOLIO, *, trained: bool = True) -> Shop:
    """Returns a shop with a campaign in two treatments and, if wanted, a trained model."""
    shop = await Shop().open(replace(portfolio, allow_no_contact=True))
    await shop.resources.create_campaign("shop", GREETINGS)
    policy = Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.5), floor=0.05)
    stored = await shop.resources.create_policy(policy)
    await shop.resources.deploy_policy("shop", stored.value.policy_version)
    if trained:
        save_model(shop.registry, model(), RunningSums(learned_count=1))
        await shop.active.poll()
    return shop


async def decide(shop: Shop, count: int = 1) -> list[Decision]:
    """Returns decisions for as many customers."""
    calls = [rank_call(f"c{number}", decision_id=f"d{number}", context=CONTEXT) for number in range(count)]
    answers = await shop.ranker.rank(calls)
    return [answer.decision.value for answer in answers if not isinstance(answer, Exception)]


def sums(explanation: Explanation) -> list[float]:
    """Returns what the contributions of each entry add up to."""
    return [sum(part.reward for part in entry.contributions) for entry in explanation.entries]


def test_every_decision_is_reproduced() -> None:
    """Scores, probabilities and choice follow bit for bit from the log, and contributions add up to the scores."""

    async def story() -> tuple[Sequence[Decision], list[Explanation]]:
        shop = await open_shop()
        decisions = await decide(shop, 300)
        return decisions, await asyncio.gather(*map(shop.explainer.explain, decisions))

    decisions, explanations = in_shop(story())
    assert 300 == len(explanations)
    for decision, explanation in zip(decisions, explanations, strict=True):
        assert (True, True, "") == (
            explanation.probabilities_reproduced,
            explanation.scores_reproduced,
            explanation.missing,
        )
        assert (decision.campaign_id, decision.treatment_id) == (
            explanation.entries[0].campaign_id,
            explanation.entries[0].treatment_id,
        )
        predicted = [entry.predicted_reward for entry in explanation.entries]
        assert pytest.approx(predicted, rel=1e-9) == sums(explanation)
    assert {"playful", "formal", ""} == {decision.treatment_id for decision in decisions}


def test_a_match_is_explained() -> None:
    """A campaign for a favourite category says what the match adds."""

    async def story() -> Explanation:
        shop = await open_shop()
        return await shop.explainer.explain((await decide(shop))[0])

    explanation = in_shop(story())
    matched = {
        entry.campaign_id for entry in explanation.entries if MATCH in [part.feature for part in entry.contributions]
    }
    assert {"sale", "greetings"} == matched


def test_later_changes_do_not_touch_an_explanation() -> None:
    """A decision is explained by the catalogue, settings and model that it was made with."""

    async def story() -> tuple[Explanation, Explanation]:
        shop = await open_shop()
        [decision] = await decide(shop)
        before = await shop.explainer.explain(decision)
        await shop.resources.update_campaign("shop", Campaign(campaign_id="greetings", lever=0.5))
        await shop.resources.update_campaign("shop", Campaign(campaign_id="sale", fixed_priority=9, category="hats"))
        newest = shop.resources.portfolio("shop").value
        await shop.resources.update_portfolio(
            replace(newest, display_name="renamed", business_as_usual=FixedPriority())
        )
        save_model(shop.registry, model(2), RunningSums(learned_count=2))
        await shop.active.poll()
        return before, await shop.explainer.explain(decision)

    before, after = in_shop(story())
    assert before == after


def test_before_the_first_model_scores_are_the_default() -> None:
    """A decision without a model is reproduced too: everything but the baseline adds nothing."""

    async def story() -> Explanation:
        shop = await open_shop(trained=False)
        return await shop.explainer.explain((await decide(shop))[0])

    explanation = in_shop(story())
    assert explanation.scores_reproduced
    assert {0.0} == {part.reward for entry in explanation.entries for part in entry.contributions}


def test_without_weights_the_rest_is_explained() -> None:
    """Once weights are no longer kept the explanation says so; probabilities are reproduced all the same."""

    async def story() -> Explanation:
        shop = await open_shop()
        [decision] = await decide(shop)
        return await shop.explainer.explain(structs.replace(decision, model_version="1.77"))

    explanation = in_shop(story())
    assert (True, False) == (explanation.probabilities_reproduced, explanation.scores_reproduced)
    assert "the weights of model '1.77' are no longer kept" == explanation.missing
    assert {()} == {entry.contributions for entry in explanation.entries}


def test_a_changed_log_is_found_out() -> None:
    """A decision whose logged figures were tampered with is not reproduced."""

    async def story() -> tuple[Explanation, Explanation]:
        shop = await open_shop()
        [decision] = await decide(shop)
        shares = tuple(reversed(decision.selection_probabilities))
        first, *rest = decision.predicted_rewards[0]
        other_share = structs.replace(decision, selection_probabilities=shares)
        other_reward = structs.replace(decision, predicted_rewards=((np.nextafter(first, 9.0), *rest),))
        return await shop.explainer.explain(other_share), await shop.explainer.explain(other_reward)

    other_share, other_reward = in_shop(story())
    assert (False, True) == (other_share.probabilities_reproduced, other_share.scores_reproduced)
    assert not other_reward.scores_reproduced


def test_a_pinned_decision_gives_the_pin() -> None:
    """A decision that a pin forced says so, and is reproduced."""

    async def story() -> tuple[Decision, Explanation]:
        shop = await open_shop()
        pinned = Campaign(campaign_id="vip", pins=(Pin(name="vip week", expression='segment == "family"'),))
        await shop.resources.create_campaign("shop", pinned)
        [decision] = await decide(shop)
        return decision, await shop.explainer.explain(decision)

    decision, explanation = in_shop(story())
    assert (DecidedBy.FORCED, "vip") == (decision.decided_by, decision.campaign_id)
    assert explanation.probabilities_reproduced
    assert "Campaign 'vip' was chosen because the pin 'vip week' holds." == explanation.summary


def test_nothing_eligible_is_explained() -> None:
    """Where nothing was eligible there is nothing to score, and the sentence says what rejected."""

    async def story() -> tuple[Decision, Explanation]:
        shop = await open_shop()
        [answer] = await shop.ranker.rank([rank_call(candidates=("none",))])
        assert not isinstance(answer, Exception)
        return answer.decision.value, await shop.explainer.explain(answer.decision.value)

    decision, explanation = in_shop(story())
    assert (Result.NO_ELIGIBLE, True) == (decision.result, explanation.probabilities_reproduced)
    assert explanation.missing.startswith("nothing was eligible")


def test_a_rule_of_then_says_what_was_not_known() -> None:
    """A rejected campaign is explained by the rules and the schema of its decision, whatever has changed since."""

    async def story() -> Explanation:
        member = Rule(name="members", expression="member")
        schema = {"member": FeatureType.FLAG}
        shop = await open_shop(replace(PORTFOLIO, context_schema=schema))
        await shop.resources.create_campaign("shop", Campaign(campaign_id="club", rules=(member,)))
        context = CustomerContext(features={"member": "yes"})
        [answer] = await shop.ranker.rank([rank_call(context=context)])
        assert not isinstance(answer, Exception)
        await shop.resources.update_campaign("shop", Campaign(campaign_id="club"))
        newest = shop.resources.portfolio("shop").value
        await shop.resources.update_portfolio(replace(newest, context_schema={}))
        return await shop.explainer.explain(answer.decision.value)

    explanation = in_shop(story())
    message = write_explanation(explanation, (), None)
    assert [("club", "members", "member", "member", ["member is a text, the schema says FLAG"])] == [
        (one.campaign_id, one.rule, one.reason, one.expression, list(one.unknown_fields)) for one in message.rejected
    ]


def test_an_inline_campaign_is_explained() -> None:
    """A campaign that came with the request is scored as it was given."""

    async def story() -> Explanation:
        shop = await open_shop()
        inline = Campaign(campaign_id="inline", category="shoes")
        [answer] = await shop.ranker.rank([rank_call(context=CONTEXT, candidates=("sale", inline))])
        assert not isinstance(answer, Exception)
        return await shop.explainer.explain(answer.decision.value)

    explanation = in_shop(story())
    assert (True, True) == (explanation.probabilities_reproduced, explanation.scores_reproduced)


def test_a_shadow_is_told() -> None:
    """An explanation says what the shadow would have chosen, with the probability of the whole campaign."""

    async def story() -> tuple[Decision, Explanation]:
        shop = await open_shop()
        stored = await shop.resources.create_policy(Policy(portfolio_id="shop", exploration=FixedPriority()))
        shadow = ShadowSetting(portfolio_id="shop", policy_version=stored.value.policy_version)
        await shop.resources.set_shadow(shadow)
        await shop.active.poll()
        [decision] = await decide(shop)
        return decision, await shop.explainer.explain(decision)

    decision, explanation = in_shop(story())
    message = write_explanation(explanation, decision.eligible, decision.shadow)
    assert ("sale", 1.0) == (message.shadow.campaign_id, message.shadow.selection_probability)
    assert explanation.summary == message.summary


def test_a_stored_decision_has_its_message_fields() -> None:
    """GetDecision passes through the fields of the catalogue of then, those of the treatment on top."""

    async def story() -> tuple[str, dict[str, str]]:
        shop = await open_shop()
        asked = rank_call(decision_id="d", forced_campaign_id="greetings", force_reason="a try")
        [answer] = await shop.ranker.rank([asked])
        assert not isinstance(answer, Exception)
        await shop.resources.update_campaign("shop", Campaign(campaign_id="greetings"))
        return answer.decision.value.treatment_id, dict(shop.inspector.get("d").message_fields)

    treatment_id, fields = in_shop(story())
    assert {"template": "g", "tone": "loud" if treatment_id == "playful" else "plain"} == fields
