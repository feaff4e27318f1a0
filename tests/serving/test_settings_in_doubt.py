"""Laws of settings whose commit failed: what the log has in the end is what is served."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from banditsvc.core.campaign import Campaign, CampaignState
from banditsvc.core.errors import LogUnavailable
from banditsvc.ports import CampaignVersion, Commit, LogRecord, Recorded, Resource
from banditsvc.store.memory import MemoryLog
from tests.serving.shop import Shop, in_shop, rank_call
from tests.serving.stories import rank


class _Doubtful(MemoryLog):
    """Stores what it is given, and may say that it failed; reading may fail as well."""

    loses_answers = False
    unreadable = False

    def append(self, records: Sequence[LogRecord], now_us: int) -> Commit:
        commit = super().append(records, now_us)
        if self.loses_answers:
            raise LogUnavailable("it is not known whether the commit was made")
        return commit

    def read_resources(self, after: int) -> list[Recorded[Resource]]:
        if self.unreadable:
            raise LogUnavailable("the decision log cannot be read now")
        return super().read_resources(after)


async def _pause_in_doubt(*, unreadable: bool = False) -> tuple[Shop, _Doubtful]:
    """Returns a shop that was told that the pause of a campaign failed, which the log has."""
    log = _Doubtful()
    shop = await Shop(log=log).open()
    log.loses_answers, log.unreadable = True, unreadable
    with pytest.raises(LogUnavailable):
        await shop.resources.pause_campaign("shop", "sale")
    log.loses_answers = False
    return shop, log


def test_what_was_stored_in_doubt_holds_at_once() -> None:
    """A change whose commit failed but was made is served like any other, and its version is not used again."""

    async def story() -> tuple[CampaignState, tuple[str, ...], list[int], bool]:
        shop, log = await _pause_in_doubt()
        state = shop.resources.campaign("shop", "sale").campaign.state
        eligible = (await rank(shop, rank_call()))[0].eligible
        await shop.resources.create_campaign("shop", Campaign(campaign_id="new"))
        catalogue = [one.value for one in log.read_resources(0) if isinstance(one.value, CampaignVersion)]
        is_as_restarted = shop.resources.state("shop") == Shop(log=log).resources.state("shop")
        return state, eligible, [version.catalogue_version for version in catalogue], is_as_restarted

    assert (CampaignState.PAUSED, ("news", "winback"), [1, 2, 3, 4, 5], True) == in_shop(story())


@pytest.mark.parametrize("by", ["poll", "change", "relearn"])
def test_what_could_not_be_read_is_looked_for_again(by: str) -> None:
    """While the log cannot be read no change is made; the next poll or change that can read it catches up."""

    async def story() -> list[CampaignState]:
        shop, log = await _pause_in_doubt(unreadable=True)
        with pytest.raises(LogUnavailable):
            await shop.resources.pause_campaign("shop", "news")
        await shop.active.poll()
        states = [shop.active.get("shop").catalogue["sale"].state]
        log.unreadable = False
        if by == "poll":
            await shop.active.poll()
        elif by == "change":
            await shop.resources.pause_campaign("shop", "sale")
        else:
            await shop.resources.request_relearn("shop")
        return [*states, shop.active.get("shop").catalogue["sale"].state]

    assert [CampaignState.LIVE, CampaignState.PAUSED] == in_shop(story())
