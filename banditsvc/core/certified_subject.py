"""Certified subjects: what a certificate binds, in one canonical text, so that its SHA-256 names it.

In it are a policy's exploration, floor and limits, and of the learner's settings the reward, how the model learns and how
features are made. Not in it are names and descriptions, the model, the catalogue, settling, and former names of segments and
categories: they come and go while what was judged stays what it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from banditsvc.core.exploration import EXPLORATIONS, ExclusiveRules, Exploration, FixedPriority, Uniform
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec

NOTHING_LEARNED = (FixedPriority, ExclusiveRules, Uniform)
"""Explorations that need no certificate: no model decides."""

_OF_EACH_SHOP = ("reward", "encoder")
"""What a certificate from worlds alone may leave open: each shop has its own."""
_RENAMES = ("segment_renamed_from", "category_renamed_from")
_ADDED = {"calendar_features": (), "calendar_time_zone": "", "last_days": None, "optimism": 0.0}
"""Settings of exploration, encoder and learner added later, with the value that means what was done before."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate binds."""

    text: str
    """Canonical JSON. A reward or an encoder of null stands for any."""

    @property
    def sha256(self) -> str:
        """Returns the SHA-256 of the text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def covers(self, other: Subject) -> bool:
        """Returns whether what holds for this one holds for another: they are the same, but for what may be any."""
        if self == other:
            return True
        settings, others = json.loads(self.text), json.loads(other.text)
        left_open = [name for name in _OF_EACH_SHOP if settings.get(name, "") is None]
        return bool(left_open) and settings == others | dict.fromkeys(left_open)


def is_learned(policy: Policy) -> bool:
    """Returns whether a model decides, so that the policy needs a certificate."""
    return not isinstance(policy.exploration, NOTHING_LEARNED)


def subject_of(policy: Policy, learner: LearnerSpec, *, any_shop: bool = False) -> Subject:
    """Returns what a certificate of a policy with a learner binds; with any_shop it leaves reward and encoder open.

    Two with the same subject explore, learn and are rewarded alike. A setting that a later version adds is to be left out
    of the text while it has the value that means what was done before, so that certificates stay valid.
    """
    encoder = {name: value for name, value in _settled_fields(learner.encoder).items() if name not in _RENAMES}
    return Subject(
        canonical_json(
            {
                "exploration": {"kind": exploration_kind(policy.exploration), **_settled_fields(policy.exploration)},
                "floor": policy.floor,
                "limits": policy.limits,
                "reward": None if any_shop else learner.reward,
                "train": _settled_fields(learner.train),
                "encoder": None if any_shop else encoder,
            }
        )
    )


def subject_sha256(policy: Policy, learner: LearnerSpec) -> str:
    """Returns the SHA-256 of the canonical text of what a certificate binds, in hexadecimal digits."""
    return subject_of(policy, learner).sha256


def canonical_json(value: object) -> str:
    """Returns a value as JSON that is the same for equal values.

    Keys are sorted, every number is written as a double in the fewest digits that tell it apart, members of enums by their
    names, without blanks.

    Raises:
        ValueError: A number is not finite.
        TypeError: It holds something that is none of dataclass, mapping, sequence, enum, number, text, flag and None.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def exploration_kind(exploration: Exploration) -> str:
    """Returns the name of the kind of an exploration."""
    return next(kind for kind, known in EXPLORATIONS.items() if type(exploration) is known)


def _fields_of(value: Any) -> dict[str, object]:  # Any: any dataclass, for which there is no type
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _settled_fields(value: Any) -> dict[str, object]:  # Any: as above
    """Returns the fields without those that were added later and do as was done before."""
    return {name: mine for name, mine in _fields_of(value).items() if name not in _ADDED or mine != _ADDED[name]}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return _plain(_fields_of(value))
    raise TypeError(f"a {type(value).__name__} has no canonical form")
