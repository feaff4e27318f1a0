"""Changes of prices, on a draft, and which prices are in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from banditsvc.core.audience_limit import AudienceLimit, LimitKind, LimitOwner, LimitSettings, limit_settings
from banditsvc.core.contact_policy import CampaignSelector, ContactScope
from banditsvc.core.contact_scopes import ScopeValue
from banditsvc.core.errors import FieldViolation, InvalidRequest, VersionMismatch
from banditsvc.core.organization import Organization
from banditsvc.core.portfolio_prices import LimitPrice, PortfolioPrices
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.settings_draft import SettingsDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPrice:
    """The price of a limit, which is named as in the settings; the rest as in LimitPrice."""

    owner: LimitOwner
    name: str
    kind: LimitKind
    value: str
    """As text."""
    price: float
    bound: float
    expected: float
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPrices:
    """Prices as a caller wants them; the fields are those of PortfolioPrices."""

    portfolio_id: str
    run_id: str
    limits: tuple[WantedPrice, ...]
    customers: int
    reward: float
    reward_without: float
    most_reward: float


def prices_in_force(state: PortfolioState, organization: Organization) -> PortfolioPrices | None:
    """Returns the prices that are part of the score; None where there are none, or a limit has changed since."""
    if state.prices is None or state.prices.value.settings != limit_settings(organization, state.portfolio.value):
        return None
    return state.prices.value


def set_prices(draft: SettingsDraft, wanted: WantedPrices, portfolio_version: int, organization_version: int) -> None:
    """Puts prices to work; the same again change nothing.

    Raises:
        NotFound: There is no such portfolio.
        VersionMismatch: They were found for other versions of the settings.
        InvalidRequest: A price is of a limit that the settings do not have; it names all of them.
    """
    state = draft.after.state(wanted.portfolio_id)
    portfolio = state.portfolio.value
    organization = draft.after.organization(portfolio.organization_id).value
    for kind, name, given, stored in (
        ("portfolio", portfolio.portfolio_id, portfolio_version, portfolio.portfolio_version),
        ("organization", organization.organization_id, organization_version, organization.organization_version),
    ):
        if given != stored:
            raise VersionMismatch(kind, name, given, stored)
    settings = limit_settings(organization, portfolio)
    prices = PortfolioPrices(
        portfolio_id=wanted.portfolio_id,
        run_id=wanted.run_id,
        settings=settings,
        limits=_priced(settings, wanted.limits),
        customers=wanted.customers,
        reward=wanted.reward,
        reward_without=wanted.reward_without,
        most_reward=wanted.most_reward,
    )
    stands = None if state.prices is None else state.prices.value
    if prices != stands and (prices.limits or stands is not None):
        draft.store(prices)


def _priced(settings: LimitSettings, wanted: Sequence[WantedPrice]) -> tuple[LimitPrice, ...]:
    found, faults = [], []
    for place, one in enumerate(wanted):
        limit = _limit(settings, one)
        if limit is None:
            text = f"the settings have no limit {one.name!r} of this owner and kind: {_remedy(settings)}"
            faults.append(FieldViolation(f"prices.limits[{place}].name", text))
        else:
            found.append(
                LimitPrice(limit=limit, price=one.price, bound=one.bound, expected=one.expected, is_met=one.is_met)
            )
    if faults:
        raise InvalidRequest(faults)
    return tuple(found)


def _limit(settings: LimitSettings, wanted: WantedPrice) -> AudienceLimit | None:
    """Returns the limit that is named, None where the settings have none."""
    known = _selector(settings, wanted)
    if known is None:
        return None
    campaigns, per, share = known
    value = _scope_value(per, wanted.value)
    if value is None:
        return None
    return AudienceLimit(
        owner=wanted.owner, name=wanted.name, kind=wanted.kind, campaigns=campaigns, per=per, value=value, share=share
    )


def _selector(settings: LimitSettings, wanted: WantedPrice) -> tuple[CampaignSelector, ContactScope, float] | None:
    if wanted.kind in {LimitKind.MOST_CONTACTS, LimitKind.MOST_COST}:
        is_organization = wanted.owner is LimitOwner.ORGANIZATION
        for capacity in settings.organization if is_organization else settings.portfolio:
            most = capacity.max_contacts if wanted.kind is LimitKind.MOST_CONTACTS else capacity.max_cost
            if capacity.name == wanted.name and most is not None:
                return capacity.campaigns, capacity.per, 0.0
        return None
    for minimum in settings.minimums if wanted.owner is LimitOwner.PORTFOLIO else ():
        is_share = minimum.min_share is not None
        if minimum.name == wanted.name and is_share == (wanted.kind is LimitKind.LEAST_SHARE):
            return minimum.campaigns, ContactScope.OVERALL, minimum.min_share or 0.0
    return None


def _scope_value(per: ContactScope, value: str) -> ScopeValue | None:
    if per is ContactScope.TYPE:
        return int(value) if value.isdecimal() else None
    return None if per is ContactScope.OVERALL and value else value


def _remedy(settings: LimitSettings) -> str:
    names = [one.name for one in (*settings.organization, *settings.portfolio)]
    names += [one.name for one in settings.minimums]
    return f"they have {', '.join(map(repr, names))}" if names else "they have none"
