"""Column maps: which column of a trial file is which arm, which part of the context, and which reward."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.errors import InvalidRequest
from banditsvc.plain import enum_value, parse_message
from banditsvc.v1.campaign_pb2 import Campaign
from banditsvc.v1.outcome_pb2 import OutcomeType
from banditsvc.v1.portfolio_pb2 import Measure
from simulators.table_faults import fault_lines, faults_of

BUILT_IN_MAPS = ("hillstrom", "charitable")
"""Names of the maps that come with the product."""

_NUMBERS = frozenset({"recency_days", "frequency", "monetary", "r", "f", "m"})
_TOTAL_TOLERANCE = Fraction(1, 10**6)
"""Probabilities written as decimals may miss 1 by this much."""


class MapError(Exception):
    """A column map that cannot be used. Its text names everything at fault, one a line."""


def _parse_probability(value: object) -> Fraction:
    try:
        probability = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{value!r} is no probability: write a number or a fraction such as 1/3") from None
    if not 0 < probability <= 1:
        raise ValueError(f"{value} is not above 0 and at most 1")
    return probability


def _parse_campaign(value: object) -> Campaign:
    try:
        campaign = parse_message(Campaign, value)
    except InvalidRequest as error:
        raise ValueError(str(error)) from None
    if not campaign.campaign_id:
        raise ValueError("needs a campaign_id")
    return campaign


def _parse_outcome(value: object) -> str:
    return OutcomeType.Name(enum_value(OutcomeType.DESCRIPTOR, str(value)))


def _parse_measure(value: object) -> str:
    return Measure.Name(enum_value(Measure.DESCRIPTOR, str(value)))


def _check_target(target: str) -> str:
    group, dot, name = target.partition(".")
    if target in _NUMBERS | {"segment"} or (group in {"favourites", "features"} and dot and name):
        return target
    known = ", ".join(sorted(_NUMBERS))
    raise ValueError(f"{target!r} is no part of a context: known are {known}, segment, favourites.NAME, features.NAME")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Arm(_Table):
    """One arm of the trial and the campaign that it is."""

    cells: tuple[str, ...]
    """Content of the arm columns, as written in the file."""
    probability: Annotated[InstanceOf[Fraction], BeforeValidator(_parse_probability)]
    """Chance with which the trial put a customer into this arm."""
    campaign: Annotated[InstanceOf[Campaign], BeforeValidator(_parse_campaign)]
    """The campaign; NO_CONTACT is sending nothing."""

    @property
    def campaign_id(self) -> str:
        """Returns the campaign's id."""
        return self.campaign.campaign_id


class ContextColumn(_Table):
    """Says which part of the context a column is."""

    column: str
    to: Annotated[str, AfterValidator(_check_target)]
    """A field of CustomerContext, favourites.NAME (the weight) or features.NAME."""
    kind: Literal["number", "text", "flag"] = "number"
    """How the cells are read; a flag is 0 or 1."""
    scale: float = Field(default=1.0, gt=0)
    """What numbers are multiplied by, such as days per month."""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        wanted = "number" if self.to in _NUMBERS or self.to.startswith("favourites.") else "text"
        if not self.to.startswith("features.") and self.kind != wanted:
            raise ValueError(f"{self.to} takes the kind {wanted}, not {self.kind}")
        return self


class RewardColumn(_Table):
    """Says what a column of outcomes is, and how it becomes a reward. A cell of 0 means that nothing happened."""

    column: str = ""
    """Empty means the reward's own name."""
    outcome: Annotated[str, BeforeValidator(_parse_outcome)]
    """Name of the OutcomeType; the file has it without its prefix."""
    custom_type: str = ""
    measure: Annotated[str, BeforeValidator(_parse_measure)]
    """AMOUNT posts the cell as amount; COUNT and ANY post an outcome without one."""
    greatest: float = Field(gt=0)
    """Greatest reward; the least is 0."""

    @model_validator(mode="after")
    def _check_custom(self) -> Self:
        if (self.outcome == "OUTCOME_TYPE_CUSTOM") != bool(self.custom_type):
            raise ValueError("custom_type belongs to the outcome CUSTOM, and to no other")
        return self


class ColumnMap(_Table):
    """Everything that is to be known of a trial file."""

    currency: str
    arm_columns: tuple[str, ...] = Field(min_length=1)
    missing: tuple[str, ...] = ()
    """Cells that mean unknown, besides the empty one."""
    arms: tuple[Arm, ...] = Field(min_length=2)
    context: tuple[ContextColumn, ...] = ()
    rewards: Mapping[str, RewardColumn] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_arms(self) -> Self:
        for index, arm in enumerate(self.arms):
            if len(arm.cells) != len(self.arm_columns):
                raise ValueError(f"arms[{index}].cells must have one value for each of arm_columns")
        for name, seen in (
            ("cells", [a.cells for a in self.arms]),
            ("campaign_id", [a.campaign_id for a in self.arms]),
        ):
            if len(set(seen)) < len(seen):
                raise ValueError(f"two arms have the same {name}")
        total = sum((arm.probability for arm in self.arms), Fraction(0))
        if abs(total - 1) > _TOTAL_TOLERANCE:
            raise ValueError(f"the probabilities of the arms sum to {float(total):.6g}, not to 1")
        return self

    @model_validator(mode="after")
    def _check_targets(self) -> Self:
        targets = [column.to for column in self.context]
        twice = sorted({target for target in targets if targets.count(target) > 1})
        if twice:
            raise ValueError(f"two columns of context go to {', '.join(twice)}")
        return self

    @property
    def allows_no_contact(self) -> bool:
        """Returns whether one of the arms is sending nothing."""
        return any(arm.campaign_id == NO_CONTACT for arm in self.arms)

    def reward(self, name: str) -> RewardColumn:
        """Returns the reward of that name, or of that column of the file, with its column filled in.

        Raises:
            MapError: The map has no such reward.
        """
        filled = {
            known: reward if reward.column else reward.model_copy(update={"column": known})
            for known, reward in self.rewards.items()
        }
        by_column = {reward.column: reward for reward in filled.values()}
        reward = filled.get(name) or by_column.get(name)
        if reward is None:
            raise MapError(f"the column map has no reward {name!r}; it has {', '.join(sorted(filled))}")
        return reward


def load_column_map(name: str) -> ColumnMap:
    """Returns the map of a built-in name, or the one in the TOML file that name is the path of.

    Raises:
        MapError: There is no such map or file, or its content is at fault.
    """
    if name in BUILT_IN_MAPS:
        return parse_column_map(files("simulators").joinpath(f"trial_maps/{name}.toml").read_text("utf-8"), name)
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = " and ".join(BUILT_IN_MAPS)
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise MapError(
            f"{name}: {reason}; built-in column maps are {known}, any other is the path of a TOML file"
        ) from None
    return parse_column_map(text, name)


def parse_column_map(text: str, name: str) -> ColumnMap:
    """Returns the map that a TOML text describes; name is what messages call it.

    Raises:
        MapError: The text is no TOML, or a key is unknown, missing or wrong; all of them are named.
    """
    try:
        tables: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MapError(f"{name} is not valid TOML: {error}") from None
    try:
        return ColumnMap.model_validate(tables)
    except ValidationError as error:
        raise MapError("\n".join(fault_lines(faults_of(error, ColumnMap), tables, name))) from None
