"""Campaigns of a world: what is sent, to whom, and how they respond."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from banditsvc.core.campaign import CampaignKind, CampaignType
from banditsvc.core.context import LifecycleStage
from banditsvc.rpc.wire_campaign import MOST_PRIORITY
from simulators.table_faults import Place, TableFaults, unknown_name
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.drift_spec import DriftSpec
from simulators.worlds.order_value import OrderValue
from simulators.worlds.table import Chance, Count, Day, NotNegative, Number, Positive, Share, Table, Whole
from simulators.worlds.trigger_spec import TriggerSpec


def _member(enumeration: type[CampaignType | CampaignKind]) -> BeforeValidator:
    def parse(value: object) -> object:
        if value is None or isinstance(value, enumeration):
            return value
        try:
            return enumeration[str(value)]
        except KeyError:
            remedy = unknown_name(str(value), list(enumeration.__members__))
            raise ValueError(f"{value!r} is unknown; {remedy}") from None

    return BeforeValidator(parse)


def _known_parts(odds: Mapping[str, Mapping[str, float]]) -> Mapping[str, Mapping[str, float]]:
    found: list[tuple[Place, str]] = []
    for part, of_value in odds.items():
        if part not in ODDS_PARTS and not part.startswith("features."):
            known = unknown_name(part, [*ODDS_PARTS, "features.NAME"])
            found.append(((part,), f"is no part of a context; {known}"))
            continue
        declared = _ODDS_VALUES.get(part)
        for value, times in of_value.items():
            if declared is not None and value not in declared:
                found.append(((part, value), f"is unknown; {unknown_name(value, declared)}"))
            if not 0.0 < times < math.inf:
                found.append(((part, value), f"{times} is not above 0 and finite"))
    if found:
        raise TableFaults(found)
    return odds


ODDS_PARTS = ("segment", "lifecycle_stage", "favourite", "r", "f", "m")
"""Parts of the context by which odds may differ; a further feature of the world is `features.NAME`."""

_ODDS_VALUES: Mapping[str, tuple[str, ...]] = {
    "lifecycle_stage": tuple(LifecycleStage.__members__),
    "favourite": ("match",),
    **dict.fromkeys(("r", "f", "m"), ("1", "2", "3", "4", "5")),
}
"""Values of the parts that have the same ones in every world."""

Odds = Annotated[Mapping[str, Mapping[str, Number]], AfterValidator(_known_parts)]
"""What the odds of a response are multiplied by, by part of the context and value: odds.segment.student = 2."""


class CampaignSpec(Table):
    """One lifecycle or mass campaign, or a family of which each week has a new one."""

    campaign_id: str = Field(min_length=1)
    """Its id; of a weekly one the stem of the ids and the family: promo-w03."""
    type: Annotated[CampaignType, _member(CampaignType)] = CampaignType.GTM
    kind: Annotated[CampaignKind | None, _member(CampaignKind)] = None
    category: str = ""
    """A category of the world; whoever has it among the favourites matches."""
    offer_kind: str = ""
    family: str = ""
    """Of a weekly one its id where this is empty."""
    fixed_priority: Whole | None = Field(default=None, ge=1, le=MOST_PRIORITY)
    rule: str = ""
    """Whom the exclusive rules give it to, as a rule on the context; empty means everybody who is left."""
    weekly: bool = False
    """A new campaign each week, live for that week: its own chances differ from the family's by id_spread."""
    id_spread: NotNegative = 0.0
    """Standard deviation of the log-odds of a week's campaign about the family's."""
    trigger: TriggerSpec | None = None
    """None: everybody qualifies."""
    start_day: Day = 0
    end_day: Day | None = None
    """The first day on which it is over; after start_day. None: never."""
    base_rate: Chance = 0.01
    """Chance that a contact causes a purchase, where all odds are 1."""
    odds: Odds = Field(default_factory=dict)
    value_factor: Positive = 1.0
    """What a purchase that it causes is worth, as a multiple of the customer's order value."""
    cost: NotNegative = 0.0
    """Of one contact, in the world's currency."""
    opt_out_rate: Share = 0.0
    """Chance that a contact makes the customer opt out, for one who is not tired of contacts."""
    organic_factor: NotNegative = 1.0
    """What organic purchases are multiplied by for the effect_days after the contact: below 1 it takes them away."""
    delay: DelaySpec | None = None
    """None: the world's."""
    order_value: OrderValue | None = None
    """None: the world's."""
    drift: tuple[DriftSpec, ...] = ()
    max_contacts_a_day: Count | None = None
    """Volume limit."""
    max_contacts_a_week: Count | None = None
    """The same from Monday to Sunday."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.end_day is not None and self.end_day <= self.start_day:
            raise TableFaults([(("end_day",), f"{self.end_day} is not after start_day {self.start_day}")])
        if self.weekly and self.family:
            raise TableFaults([(("family",), "a weekly campaign is its own family: leave it out")])
        return self
