"""Limits in words, for the reasons of rejections. They say what the limit is and nothing of the customer."""

from __future__ import annotations

from banditsvc.core.audience_limit import AudienceLimit, LimitKind
from banditsvc.core.campaign import CampaignKind, CampaignType
from banditsvc.core.contact_policy import (
    CampaignSelector,
    Capacity,
    CapacityPeriod,
    ContactCap,
    ContactExclusion,
    ContactScope,
    QuietTime,
)
from banditsvc.core.contact_scopes import ScopeValue
from banditsvc.core.times import DAY_US, HOUR_US, SECOND_US

_MOST_NAMED = 3
_UNITS = ((DAY_US, "day"), (HOUR_US, "hour"), (60 * SECOND_US, "minute"))
_SCOPES = {
    ContactScope.CHANNEL: ("on channel {}", "without a channel", "channel"),
    ContactScope.CAMPAIGN: ("with campaign {}", "without a campaign", "campaign"),
    ContactScope.TYPE: ("of type {}", "without a type", "type"),
    ContactScope.FAMILY: ("of family {}", "without a family", "family"),
}
_PERIODS = {
    CapacityPeriod.TOTAL: "in all",
    CapacityPeriod.DAY: "a day",
    CapacityPeriod.WEEK: "a week",
    CapacityPeriod.MONTH: "a month",
}
_TYPES = {int(each): each.name for each in CampaignType}
_KINDS = {int(each): each.name for each in CampaignKind}
_DAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def span_text(span_us: int) -> str:
    """Returns a span such as "7 days", in the greatest unit that measures it exactly."""
    for unit_us, name in _UNITS:
        if span_us % unit_us == 0:
            return _counted(span_us // unit_us, name)
    return f"{span_us / SECOND_US:.6g} second{'' if span_us == SECOND_US else 's'}"


def cap_text(cap: ContactCap, value: ScopeValue) -> str:
    """Returns what a cap demands where it counts a channel, campaign, type or family apart."""
    demands = []
    if cap.max_contacts is not None and cap.window_us is not None:
        demands.append(f"at most {_counted(cap.max_contacts, 'contact')} in {span_text(cap.window_us)}")
    if cap.min_gap_us is not None:
        demands.append(f"at least {span_text(cap.min_gap_us)} between two contacts")
    return " and ".join(demands) + _scope_text(cap.per, value) + _counting_text(cap.campaigns)


def exclusion_text(exclusion: ContactExclusion, *, is_first: bool) -> str:
    """Returns what an exclusion demands of one of its first, or of its second campaigns."""
    others = selected_text(exclusion.second if is_first else exclusion.first) or "any campaign"
    when = "never" if exclusion.window_us is None else f"not within {span_text(exclusion.window_us)}"
    if exclusion.one_way:
        order = "before" if is_first else "after"
    else:
        order = "beside" if exclusion.window_us is None else "of"
    return f"{when} {order} a contact with {others}"


def capacity_text(capacity: Capacity) -> str:
    """Returns what a capacity allows."""
    limits = []
    if capacity.max_contacts is not None:
        limits.append(_counted(capacity.max_contacts, "contact"))
    if capacity.max_cost is not None:
        limits.append(f"a cost of {capacity.max_cost:.15g}")
    apart = "" if capacity.per is ContactScope.OVERALL else f" for each {_SCOPES[capacity.per][2]}"
    return f"at most {' and '.join(limits)} {_PERIODS[capacity.period]}{apart}{_counting_text(capacity.campaigns)}"


def limit_text(limit: AudienceLimit, bound: float) -> str:
    """Returns what a limit over all customers allows, or asks for."""
    counting = _scope_text(limit.per, limit.value) + _counting_text(limit.campaigns)
    match limit.kind:
        case LimitKind.MOST_CONTACTS:
            return f"at most {bound:,.10g} contacts{counting}"
        case LimitKind.MOST_COST:
            return f"at most a cost of {bound:,.10g}{counting}"
        case LimitKind.LEAST_CONTACTS:
            return f"at least {bound:,.10g} contacts{counting}"
        case LimitKind.LEAST_SHARE:
            return f"at least a share of {bound:.4g} of all contacts{counting}"


def quiet_text(quiet: QuietTime) -> str:
    """Returns when it is quiet."""
    words = ["quiet"]
    if quiet.start is None and quiet.end is None:
        words.append("all day")
    if quiet.start is not None:
        words.append(f"from {quiet.start:%H:%M}")
    if quiet.end is not None:
        words.append(f"to {quiet.end:%H:%M}")
    words.append("local time")
    if quiet.days:
        words.append("on " + ", ".join(_DAYS[day] for day in quiet.days))
    if quiet.first_date is not None:
        words.append(f"from {quiet.first_date.isoformat()}")
    if quiet.last_date is not None:
        words.append(f"up to {quiet.last_date.isoformat()}")
    if quiet.channels:
        words.append(f"for {_named('channel', 'channels', quiet.channels)}")
    return " ".join(words)


def selected_text(selector: CampaignSelector) -> str:
    """Returns which campaigns are selected; empty for all."""
    types = tuple(_TYPES.get(each, str(each)) for each in selector.types)
    kinds = tuple(_KINDS.get(each, str(each)) for each in selector.kinds)
    parts = (
        _named("campaign", "campaigns", selector.campaign_ids),
        _named("family", "families", selector.families),
        _named("category", "categories", selector.categories),
        _named("channel", "channels", selector.channels),
        _named("type", "types", types),
        _named("kind", "kinds", kinds),
    )
    return ", ".join(part for part in parts if part)


def _named(singular: str, plural: str, names: tuple[str, ...]) -> str:
    if not names:
        return ""
    left = len(names) - _MOST_NAMED
    tail = f" and {left} more" if left > 0 else ""
    return f"{singular if len(names) == 1 else plural} {', '.join(names[:_MOST_NAMED])}{tail}"


def _scope_text(per: ContactScope, value: ScopeValue) -> str:
    if per is ContactScope.OVERALL:
        return ""
    with_value, without, _ = _SCOPES[per]
    if not value:
        return f" {without}"
    return " " + with_value.format(_TYPES.get(value, value) if isinstance(value, int) else value)


def _counting_text(selector: CampaignSelector) -> str:
    selected = selected_text(selector)
    return f" (counting {selected})" if selected else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
