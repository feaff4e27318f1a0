from __future__ import annotations

import dataclasses

import pytest

from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.errors import (
    AlreadyExists,
    BanditError,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    VersionMismatch,
)
from banditsvc.core.exploration import Uniform
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.serving.resources import Resources
from tests.serving.shop import CAMPAIGNS, PORTFOLIO, Shop, in_shop


def test_creating_the_same_again_changes_nothing() -> None:
    """A repeated create returns what is stored; another content under the same id is refused."""

    async def story() -> tuple[bool, bool, int]:
        shop = await Shop().open()
        before = shop.log.watermark()
        await shop.open()
        same = before == shop.log.watermark()
        with pytest.raises(AlreadyExists):
            await shop.resources.create_portfolio(dataclasses.replace(PORTFOLIO, display_name="Other"))
        with pytest.raises(AlreadyExists):
            await shop.resources.create_campaign("shop", Campaign(campaign_id="sale"))
        return same, before == shop.log.watermark(), shop.resources.catalogue_version("shop")

    assert (True, True, len(CAMPAIGNS)) == in_shop(story())


def test_only_what_the_model_depends_on_moves_the_learner_version() -> None:
    """A change of reward or encoder moves learner_version, one of the name does not; only the encoder moves its own."""

    async def story() -> list[tuple[int, int, int]]:
        shop = await Shop().open()
        learner = PORTFOLIO.learner
        reward = dataclasses.replace(learner, reward=dataclasses.replace(learner.reward, cost=0.5))
        encoder = dataclasses.replace(reward, encoder=dataclasses.replace(learner.encoder, recency_edges=(1.0, 9.0)))
        changes = [
            dataclasses.replace(PORTFOLIO, display_name="Shop"),
            dataclasses.replace(PORTFOLIO, display_name="Shop", learner=reward),
            dataclasses.replace(PORTFOLIO, display_name="Shop", learner=encoder),
            dataclasses.replace(PORTFOLIO, display_name="Shop", learner=encoder),
        ]
        versions = []
        for change in changes:
            stored = (await shop.resources.update_portfolio(dataclasses.replace(change, portfolio_version=0))).value
            versions.append((stored.portfolio_version, stored.learner_version, stored.encoder_version))
        return versions

    assert [(2, 1, 1), (3, 2, 1), (4, 3, 2), (4, 3, 2)] == in_shop(story())


def test_another_calendar_is_another_encoder() -> None:
    """With calendar features the time zone is part of the encoder: the portfolio's, or else its organization's."""

    async def story() -> list[tuple[int, str]]:
        shop = await Shop().open()
        encoder = EncoderSpec(calendar_features=(CalendarFeature.DAY_OF_WEEK,))
        learner = dataclasses.replace(PORTFOLIO.learner, encoder=encoder)
        wanted = dataclasses.replace(PORTFOLIO, learner=learner, portfolio_version=0)
        found = []
        for change in (
            dataclasses.replace(PORTFOLIO, time_zone="Asia/Tokyo", portfolio_version=0),
            wanted,
            wanted,
            dataclasses.replace(wanted, time_zone="Asia/Tokyo"),
        ):
            stored = (await shop.resources.update_portfolio(change)).value
            found.append((stored.encoder_version, stored.learner.encoder.calendar_time_zone))
        return found

    assert [(1, ""), (2, "UTC"), (2, "UTC"), (3, "Asia/Tokyo")] == in_shop(story())


def test_the_salt_outlives_every_change() -> None:
    """The salt of a portfolio's draws is set once, so that old draws can be repeated."""

    async def story() -> tuple[str, str]:
        shop = await Shop().open()
        before = shop.resources.portfolio("shop").value.salt
        await shop.resources.update_portfolio(dataclasses.replace(PORTFOLIO, display_name="Shop", portfolio_version=0))
        return before, shop.resources.portfolio("shop").value.salt

    before, after = in_shop(story())

    assert 32 == len(before)
    assert before == after


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"portfolio_version": 7}, VersionMismatch),
        ({"currency": "USD"}, FailedPrecondition),
        ({"portfolio_id": "none"}, NotFound),
    ],
)
def test_an_update_that_cannot_be_made_changes_nothing(change: dict[str, object], error: type[BanditError]) -> None:
    """An update based on old settings, of the currency, or of an unknown portfolio is refused."""

    async def story() -> bool:
        shop = await Shop().open()
        before = shop.log.watermark()
        with pytest.raises(error):
            await shop.resources.update_portfolio(dataclasses.replace(PORTFOLIO, **change))  # type: ignore[arg-type]
        return before == shop.log.watermark()

    assert in_shop(story())


def test_a_campaign_is_paused_once_and_not_after_its_end() -> None:
    """Pausing makes one new catalogue version; an ended campaign cannot be paused."""

    async def story() -> list[int]:
        shop = await Shop().open()
        versions = [(await shop.resources.pause_campaign("shop", "sale")).catalogue_version for _ in range(2)]
        await shop.resources.update_campaign("shop", Campaign(campaign_id="news", state=CampaignState.ENDED))
        with pytest.raises(FailedPrecondition):
            await shop.resources.pause_campaign("shop", "news")
        return [*versions, shop.resources.catalogue_version("shop")]

    assert [4, 4, 5] == in_shop(story())


def test_policies_are_numbered_and_immutable() -> None:
    """Each new content is a new version, the newest repeated is itself, and deploying moves between them."""

    async def story() -> tuple[list[int], list[int]]:
        shop = await Shop().open()
        uniform = Policy(portfolio_id="shop", exploration=Uniform())
        created = [
            (await shop.resources.create_policy(policy)).value.policy_version
            for policy in (uniform, uniform, dataclasses.replace(uniform, floor=0.1))
        ]
        previous = [(await shop.resources.deploy_policy("shop", version))[1] for version in (2, 3, 1)]
        return created, [*previous, shop.resources.deployed_policy("shop").value.policy_version]

    assert ([2, 2, 3], [1, 2, 3, 1]) == in_shop(story())


@pytest.mark.parametrize(
    ("version", "share", "error"), [(9, 1.0, NotFound), (1, 0.0, InvalidRequest), (1, 0.5, FailedPrecondition)]
)
def test_a_deployment_that_cannot_be_made_is_refused(version: int, share: float, error: type[BanditError]) -> None:
    """An unknown version, a share out of range, and a trial of what is at work are errors."""

    async def story() -> None:
        shop = await Shop().open()
        with pytest.raises(error):
            await shop.resources.deploy_policy("shop", version, share)

    in_shop(story())


def test_the_log_alone_restores_everything() -> None:
    """A new fold of the same log knows the same portfolios, campaigns, policies and deployment."""

    async def story() -> tuple[object, object]:
        shop = await Shop().open()
        await shop.resources.pause_campaign("shop", "sale")
        await shop.resources.create_policy(Policy(portfolio_id="shop", exploration=Uniform()))
        await shop.resources.deploy_policy("shop", 2)
        again = Resources(shop.log, shop.committer)
        return shop.resources.state("shop"), again.state("shop")

    before, after = in_shop(story())

    assert before == after
