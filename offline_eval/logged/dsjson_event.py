"""Dsjson events: a line of a log of Vowpal Wabbit, Decision Service, Azure Personalizer or this service, as one decision.

Cost is the reward with the other sign. `a` lists the actions, from 1 or from 0, and `p` their probabilities beside it; which
one was chosen say `_labelIndex` or `_label_Action`, or else it is the first of `a`. In `_label_probability` joiners fold
the share of events that they kept, so the selection probability is that of `p` where there is one. Of several slots
(`_outcomes`) the first is taken: the sets of the others depend on what it got.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct, field

from offline_eval.logged import left_out as kinds


class EventFault(ValueError):
    """An event that cannot be evaluated; its text is the kind."""


class _Slot(Struct):
    cost: float | None = field(default=None, name="_label_cost")
    a: list[int] = field(default=[], name="_a")
    p: list[float] = field(default=[], name="_p")


class OwnFields(Struct):
    """What this service adds to a line, since labels serve learning there."""

    reward: float | None = None
    customer_id: str = ""


class Event(Struct):
    """A line as it is written; what is not named here is ignored."""

    cost: float | None = field(default=None, name="_label_cost")
    probability: float | None = field(default=None, name="_label_probability")
    action: int | None = field(default=None, name="_label_Action")
    index: int | None = field(default=None, name="_labelIndex")
    event_id: str = field(default="", name="EventId")
    time: str = field(default="", name="Timestamp")
    a: list[int] = []
    p: list[float] = []
    c: dict[str, Any] | None = None
    pdrop: float = 0.0
    skip: bool = field(default=False, name="_skipLearn")
    skip_plain: bool = field(default=False, name="skipLearn")
    deferred: bool = field(default=False, name="_deferred")
    deferred_plain: bool = field(default=False, name="deferred")
    deferred_action: bool = field(default=False, name="DeferredAction")
    observations: list[dict[str, Any]] = field(default=[], name="o")
    slots: list[_Slot] = field(default=[], name="_outcomes")
    value: Any = field(default=None, name="v")
    reward_value: Any = field(default=None, name="RewardValue")
    action_taken: bool = field(default=False, name="ActionTaken")
    own: OwnFields | None = field(default=None, name="_banditsvc")

    @property
    def is_skipped(self) -> bool:
        """Whether it is not to be learned from, or was never activated."""
        is_deferred = self.deferred or self.deferred_plain or self.deferred_action
        is_taken = self.action_taken or any(one.get("ActionTaken") is True for one in self.observations)
        return self.skip or self.skip_plain or (is_deferred and not is_taken)

    @property
    def observed(self) -> float | None:
        """What a line that only observes something says of the reward; None where it says nothing."""
        found = self.value if self.reward_value is None else self.reward_value
        return float(found) if isinstance(found, int | float) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What evaluation needs of an event."""

    campaigns: list[str]
    chosen: int
    """Place among the campaigns."""
    probabilities: list[float]
    """Beside the campaigns; NaN for all but the choice where only that is known."""
    kept_share: float
    """Share of events that were kept where this one was, as far as it is told; 1 where nothing is."""
    reward: float | None
    """None where the label does not tell it."""


_DECODER = msgspec.json.Decoder(Event)


def parse_event(line: bytes) -> Event:
    """Returns the event of a line.

    Raises:
        EventFault: The line is no JSON object, or a field has a value of another type.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError:
        pass
    try:
        # Some loggers write NaN and Infinity, which are no JSON.
        return msgspec.convert(json.loads(line), Event)
    except (ValueError, RecursionError):
        raise EventFault(kinds.BROKEN_LINE) from None


def choice_of(event: Event) -> Choice:
    """Returns what evaluation needs of an event that is a decision.

    Raises:
        EventFault: It has no actions, its lists do not fit together, or the choice is missing.
    """
    campaigns = _campaigns((event.c or {}).get("_multi") or [])
    if event.slots:
        slot = event.slots[0]
        chosen = _first(slot.a, len(campaigns), base=0)
        probabilities = _probabilities(slot.a, slot.p, len(campaigns), base=0)
        label, cost = None, slot.cost
    else:
        base = _base(event.a, len(campaigns))
        chosen = _chosen(event, len(campaigns), base)
        probabilities = _probabilities(event.a, event.p, len(campaigns), base)
        label, cost = event.probability, event.cost
    if event.own is not None:
        return Choice(campaigns, chosen, probabilities, 1.0, event.own.reward)
    mine, kept_share = probabilities[chosen], 1.0 - event.pdrop
    if math.isnan(mine):
        probabilities[chosen] = math.nan if label is None else label
    elif label is not None and mine > 0.0 and not event.pdrop:
        kept_share = label / mine
    return Choice(campaigns, chosen, probabilities, kept_share, None if cost is None else 0.0 - cost)


def _probabilities(actions: Sequence[int], shares: Sequence[float], count: int, base: int) -> list[float]:
    """Returns the probability of each action by its place: 0 for one not listed, NaN for all where none are."""
    if not shares:
        return [math.nan] * count
    if len(actions) != len(shares) or not all(0 <= action - base < count for action in actions):
        raise EventFault(kinds.LISTS_DIFFER)
    found = [0.0] * count
    for action, share in zip(actions, shares, strict=True):
        found[action - base] = share
    return found


def _chosen(event: Event, count: int, base: int) -> int:
    if event.index is not None and event.action is not None and event.action != event.index + 1:
        raise EventFault(kinds.CHOICE_NOT_ELIGIBLE)
    if event.index is not None or event.action is not None:
        place = event.index if event.index is not None else (event.action or 0) - 1
        if not 0 <= place < count:
            raise EventFault(kinds.CHOICE_NOT_ELIGIBLE)
        return place
    return _first(event.a, count, base)


def _first(actions: Sequence[int], count: int, base: int) -> int:
    """Returns the place of the first of the ranked actions."""
    place = actions[0] - base if actions else -1
    if not 0 <= place < count:
        raise EventFault(kinds.CHOICE_NOT_ELIGIBLE)
    return place


def _base(actions: Sequence[int], count: int) -> int:
    """Returns from which number on actions are counted: from 0 where a 0 is among them."""
    return 0 if actions and min(actions) == 0 and max(actions) < count else 1


def _campaigns(actions: list[Any]) -> list[str]:
    """Returns the names of actions: a tag, an id, or else their features as JSON."""
    if not actions or not all(isinstance(action, dict) for action in actions):
        raise EventFault(kinds.CHOICE_NOT_ELIGIBLE)
    return [_name(action) for action in actions]


def _name(action: dict[str, Any]) -> str:
    named = action.get("_tag") or action.get("id")
    if named is None and isinstance(action.get("i"), dict):
        named = action["i"].get("id")
    if named is not None:
        return str(named)
    return json.dumps({name: value for name, value in action.items() if not name.startswith("_")}, sort_keys=True)
