"""Laws of the served models: what cannot be served is told once and never passed off as caught up."""

from __future__ import annotations

import asyncio
import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import structlog

from banditsvc.core.decision import LearnedState
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.model import UNTRAINED, Model
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import TrainSpec
from banditsvc.core.settle import SettleState
from banditsvc.core.times import DAY_US, HOUR_US
from banditsvc.learner import Learner
from banditsvc.ports import RunningSums, ShadowSetting
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.customer_standing import NOTHING_KNOWN
from banditsvc.serving.inspecting import Inspector
from banditsvc.serving.models import Models
from banditsvc.store.memory_registry import MemoryRegistry
from tests.serving.checkpoints import save_model
from tests.serving.shop import PORTFOLIO, START_US, Shop, in_shop, rank_call


class _Spoiled(MemoryRegistry):
    """Gives away some models without weights, or with weights that nobody can be served by."""

    def __init__(self, *, lost: tuple[str, ...] = (), bad: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.lost = lost
        self.bad = bad
        self.loaded: list[str] = []

    def load_model(self, portfolio_id: str, model_version: str) -> Model | None:
        self.loaded.append(model_version)
        model = super().load_model(portfolio_id, model_version)
        if model is None or model_version in self.lost:
            return None
        return dataclasses.replace(model, weights=model.weights * np.nan) if model_version in self.bad else model


def _model(count: int) -> tuple[Model, RunningSums]:
    model = Model(
        portfolio_id="shop",
        model_version=f"1.{count}",
        learner_version=1,
        learner=PORTFOLIO.learner,
        learned=LearnedState(count, 1.0, 0.5),
        weights=np.full(1 << PORTFOLIO.learner.train.bits, 0.01, dtype=np.float32),
    )
    return model, RunningSums(learned_count=count)


async def _shop(registry: MemoryRegistry) -> tuple[Shop, Models]:
    shop = await Shop().open()
    shop.active = ActivePortfolios(shop.resources, registry)
    return shop, Models(shop.resources, shop.active, registry, shop.log, shop.committer)


def _publish(registry: MemoryRegistry, count: int, settled_through_us: int) -> None:
    model, sums = _model(count)
    save_model(registry, model, sums)
    lineage = registry.serving_lineage("shop")
    assert lineage is not None
    registry.note_progress(lineage, count, settled_through_us, sums)


async def _caught_up(models: Models) -> tuple[str, str]:
    try:
        return (await asyncio.wait_for(models.catch_up("shop"), timeout=30))[0], ""
    except FailedPrecondition as error:
        return error.reason, str(error)


def test_a_refused_model_is_told_once_and_fails_catching_up() -> None:
    """A model that is unsound or has lost its weights is looked at once, and CatchUp says so instead of an old version."""

    async def story(registry: _Spoiled) -> tuple[list[str], str, list[str]]:
        _, models = await _shop(registry)
        answers = []
        with structlog.testing.capture_logs() as logs:
            for count in (1, 2, 3):
                _publish(registry, count, START_US + 9 * DAY_US)
                answers += [(await _caught_up(models))[0] for _ in range(3)]
            told = [entry["event"] for entry in logs if entry["log_level"] == "error"]
        return answers, registry.loaded.count("1.2") * "one", told

    expected = ["1.1"] * 3 + ["MODEL_REFUSED"] * 3 + ["1.3"] * 3
    assert (expected, "one", ["model_refused"]) == in_shop(story(_Spoiled(bad=("1.2",))))
    assert (expected, "one", ["model_without_weights"]) == in_shop(story(_Spoiled(lost=("1.2",))))


def test_a_pinned_model_that_is_gone_fails_catching_up() -> None:
    """Where the pinned model cannot be served the newest is, and CatchUp names the pinned one."""

    async def story() -> tuple[str, str, str]:
        registry = _Spoiled(lost=("1.1",))
        shop, models = await _shop(registry)
        _publish(registry, 2, START_US + 9 * DAY_US)
        await shop.resources.pin_model("shop", "1.1")
        reason, text = await _caught_up(models)
        return reason, text.split(",")[0], shop.active.get("shop").model.model_version

    assert ("MODEL_REFUSED", "model '1.1' cannot be served", "1.2") == in_shop(story())


def test_a_refused_model_is_tried_again_when_the_settings_change() -> None:
    """A change of policy or catalogue gives a refused model another chance."""

    async def story() -> tuple[str, str, str]:
        registry = _Spoiled(bad=("1.1",))
        shop, _ = await _shop(registry)
        _publish(registry, 1, START_US)
        await shop.active.poll()
        refused = shop.active.refused("shop")
        registry.bad = ()
        await shop.resources.pause_campaign("shop", "news")
        await shop.active.poll()
        return refused, shop.active.refused("shop"), shop.active.get("shop").model.model_version

    assert ("1.1", "", "1.1") == in_shop(story())


def test_new_settings_before_anything_is_learned_are_served_at_once() -> None:
    """Until a model is trained, the untrained one is that of the portfolio's present settings; a trained one stays."""

    async def story() -> list[tuple[str, int, int]]:
        registry = MemoryRegistry()
        shop, _ = await _shop(registry)
        served = []
        for bits in (10, 11):
            stored = shop.resources.portfolio("shop").value
            learner = dataclasses.replace(stored.learner, train=TrainSpec(bits=bits))
            await shop.resources.update_portfolio(dataclasses.replace(stored, learner=learner))
            model = shop.active.get("shop").model
            served.append((model.model_version, model.learner_version, len(model.weights)))
            _publish(registry, 1, START_US)
            await shop.active.poll()
        return served

    bits = PORTFOLIO.learner.train.bits
    assert [(UNTRAINED, 2, 1 << 10), ("1.1", 1, 1 << bits)] == in_shop(story())


def test_a_decision_is_settled_once_the_learner_has_passed_it() -> None:
    """A decision that is due is OPEN while an earlier one holds up the line, and SETTLED once it is learned."""

    async def story() -> list[SettleState]:
        registry = MemoryRegistry()
        shop, _ = await _shop(registry)
        inspector = Inspector(shop.resources, shop.active, shop.log)
        shop.ranker._active = shop.active
        await shop.ranker.rank([rank_call("far", decision_id="far", send_time_us=START_US + 5 * DAY_US)])
        await shop.ranker.rank([rank_call("now", decision_id="now")])
        learner, seen = Learner(shop.log, registry, shop.clock), []
        for days in (8, 13):
            shop.clock.set_us(START_US + days * DAY_US + HOUR_US)
            await shop.committer.append([])
            seen.append(inspector.get("now").settle_state)
            while learner.step("shop"):
                pass
            await shop.active.poll()
            seen.append(inspector.get("now").settle_state)
        return seen

    assert [SettleState.OPEN, SettleState.OPEN, SettleState.OPEN, SettleState.SETTLED] == in_shop(story())


def test_a_shadow_decides_with_what_is_at_work_unless_it_names_its_own() -> None:
    """A shadow takes the deployed policy and the served model, as they change, or else those that it names."""

    async def story() -> list[tuple[int, str] | None]:
        registry = MemoryRegistry()
        shop, _ = await _shop(registry)
        await shop.resources.create_policy(Policy(portfolio_id="shop", floor=0.5))
        seen: list[tuple[int, str] | None] = []

        async def note(**setting: Any) -> None:
            await shop.resources.set_shadow(ShadowSetting(portfolio_id="shop", **setting))
            await shop.active.poll()
            shadow = shop.active.get("shop").shadow
            seen.append(None if shadow is None else (shadow.policy.policy_version, shadow.model.model_version))

        await note()
        _publish(registry, 1, START_US)
        await note(policy_version=2)
        _publish(registry, 2, START_US)
        await note(policy_version=2)
        await note(model_version="1.1")
        await shop.resources.deploy_policy("shop", 2)
        await note(model_version="1.1")
        await note(policy_version=1, model_version="1.1")
        await note()
        return seen

    expected = [None, (2, "1.1"), (2, "1.2"), (1, "1.1"), (2, "1.1"), (1, "1.1"), None]
    assert expected == in_shop(story())


def test_a_shadow_without_its_model_is_off_and_told_once() -> None:
    """A shadow whose model is gone or unsound decides nothing, and the log says so once, whatever else changes."""

    async def story(registry: _Spoiled) -> tuple[list[bool], list[str]]:
        shop, _ = await _shop(registry)
        _publish(registry, 1, START_US)
        _publish(registry, 2, START_US)
        await shop.active.poll()
        seen = []
        with structlog.testing.capture_logs() as logs:
            await shop.resources.set_shadow(ShadowSetting(portfolio_id="shop", model_version="1.1"))
            for campaign_id in ("news", "sale"):
                await shop.active.poll()
                await shop.resources.pause_campaign("shop", campaign_id)
                seen.append(shop.active.get("shop").shadow is None)
        return seen, [entry["event"] for entry in logs if entry["log_level"] == "error"]

    for registry in (_Spoiled(lost=("1.1",)), _Spoiled(bad=("1.1",))):
        assert ([True, True], ["shadow_model_missing"]) == in_shop(story(registry))


def test_a_shadow_waits_for_its_model() -> None:
    """A shadow whose model is published after it was set decides from the next poll on; it is missed once."""

    async def story(registry: _Spoiled) -> tuple[list[bool], list[str]]:
        shop, _ = await _shop(registry)
        await shop.resources.set_shadow(ShadowSetting(portfolio_id="shop", model_version="1.1"))
        seen = []
        with structlog.testing.capture_logs() as logs:
            for published in (False, False, True, False):
                if published:
                    _publish(registry, 1, START_US)
                await shop.active.poll()
                seen.append(shop.active.get("shop").shadow is not None)
        return seen, [entry["event"] for entry in logs if entry["log_level"] == "error"]

    assert ([False, False, True, True], ["shadow_model_missing"]) == in_shop(story(_Spoiled()))
    assert ([False] * 4, ["shadow_model_missing", "model_refused"]) == in_shop(story(_Spoiled(bad=("1.1",))))


def test_a_change_of_the_organization_is_served_at_once() -> None:
    """What an organization changes holds in its portfolios from the next Rank on."""

    async def story() -> list[tuple[str, ...]]:
        shop, _ = await _shop(MemoryRegistry())
        seen = []
        for purpose in ("", "marketing", ""):
            organization = shop.resources.organization("default")
            await shop.resources.update_organization(dataclasses.replace(organization, default_purpose=purpose))
            active = shop.active.get("shop")
            seen.append(active.prepared_set(rank_call().input, NOTHING_KNOWN, START_US, ()).ids)
        return seen

    everything = ("news", "sale", "winback")
    assert [everything, (), everything] == in_shop(story())


def test_a_new_model_or_policy_leaves_the_funnel_as_it_is() -> None:
    """The funnel is made anew for another catalogue, and kept for another model or policy."""

    async def story() -> list[bool]:
        registry = MemoryRegistry()
        shop, _ = await _shop(registry)
        funnels = [shop.active.get("shop").funnel]
        _publish(registry, 1, START_US)
        await shop.active.poll()
        funnels.append(shop.active.get("shop").funnel)
        await shop.resources.create_policy(Policy(portfolio_id="shop", floor=0.5))
        await shop.resources.deploy_policy("shop", 2)
        funnels.append(shop.active.get("shop").funnel)
        await shop.resources.pause_campaign("shop", "news")
        funnels.append(shop.active.get("shop").funnel)
        return [former is latter for former, latter in pairwise(funnels)]

    assert [True, True, False] == in_shop(story())
