"""The laws of the learner's catalogues."""

from __future__ import annotations

from banditsvc.core.organization import Organization
from banditsvc.learner.catalogues import Catalogues
from banditsvc.ports import ModelPin, ShadowSetting
from banditsvc.store import MemoryLog
from tests.store.build import SHOP, portfolio


def test_an_organization_changes_nothing_for_the_learner() -> None:
    """Organizations and shadows are no cause to learn anew, whether they come before or after the portfolio."""
    log = MemoryLog()
    log.append([Organization(organization_id="acme"), portfolio()], now_us=1)
    catalogues = Catalogues(log)
    before = catalogues.get(SHOP)
    assert before is not None
    cause = before.cause_position
    log.append([Organization(organization_id="acme"), ShadowSetting(portfolio_id=SHOP, policy_version=2)], now_us=2)
    catalogues.refresh()
    after = catalogues.get(SHOP)
    assert after is not None
    assert (catalogues.portfolio_ids(), cause, after.deployed_policy_version) == ([SHOP], after.cause_position, 0)


def test_models_that_settings_name_are_kept() -> None:
    """Pins gives the pinned model and the shadow's, until they are ended."""
    log = MemoryLog()
    log.append(
        [
            portfolio(),
            ModelPin(portfolio_id=SHOP, model_version="1-2"),
            ShadowSetting(portfolio_id=SHOP, model_version="1-3"),
        ],
        now_us=1,
    )
    catalogues = Catalogues(log)
    assert [(SHOP, "1-2"), (SHOP, "1-3")] == catalogues.pins()
    log.append([ModelPin(portfolio_id=SHOP, model_version=""), ShadowSetting(portfolio_id=SHOP)], now_us=2)
    catalogues.refresh()
    assert [] == catalogues.pins()
