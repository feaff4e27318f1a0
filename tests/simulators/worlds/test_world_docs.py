"""docs/worlds.md says of every key of a world file what the models say."""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from simulators.laws.check_world import check_world
from simulators.worlds.campaign_spec import CampaignSpec
from simulators.worlds.delay_spec import DelaySpec
from simulators.worlds.drift_spec import DriftSpec
from simulators.worlds.feed_spec import FaultSpec, FeedSpec, LoggingFaultSpec
from simulators.worlds.order_value import OrderValue
from simulators.worlds.population_spec import FatigueSpec, FeatureSpec, OrganicSpec, PopulationSpec, SegmentSpec
from simulators.worlds.read_world import parse_world, preset_names, read_world
from simulators.worlds.reward_terms import RewardTerms
from simulators.worlds.table import MOST_DAYS, MOST_NUMBER
from simulators.worlds.trigger_spec import TriggerKind, TriggerSpec
from simulators.worlds.without_contact_spec import WithoutContactSpec
from simulators.worlds.world_spec import ContactCapSpec, VisitSpec, WorldSpec

PAGE = Path(__file__).parents[3] / "docs" / "worlds.md"
SECTIONS: Mapping[str, type[BaseModel]] = {
    "The world": WorldSpec,
    "`[visits]`": VisitSpec,
    "`[reward]`": RewardTerms,
    "`[population]`": PopulationSpec,
    "`[population.segments.NAME]`": SegmentSpec,
    "`[population.features.NAME]`": FeatureSpec,
    "`[population.organic]`": OrganicSpec,
    "`[population.fatigue]`": FatigueSpec,
    "`order_value`": OrderValue,
    "`[[campaigns]]`": CampaignSpec,
    "`trigger`": TriggerSpec,
    "`drift`": DriftSpec,
    "`delay`": DelaySpec,
    "`[[caps]]`": ContactCapSpec,
    "`[feed]`": FeedSpec,
    "`[faults]`": FaultSpec,
    "`[logging_faults]`": LoggingFaultSpec,
    "`[without_contact]`": WithoutContactSpec,
}
"""Headings of the page, and what stands under them."""


def range_of(field: FieldInfo) -> str:
    """Returns the range of a field's values, as the page writes it."""
    kind, limits = _plain(field.annotation), [*field.metadata, *_inner_limits(field.annotation)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{one.value if isinstance(one.value, str) else one.name}`" for one in kind)
    if kind in {int, float}:
        return _numbers(kind, limits)
    return _KINDS.get(kind) or _containers(kind)


_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_KINDS: Mapping[Any, str] = {bool: "`true`, `false`", str: "text", date: "date"}


def _containers(kind: Any) -> str:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    inner = _plain(parts[-1]) if parts and parts[-1] is not Ellipsis else _plain(parts[0]) if parts else None
    is_table = isinstance(inner, type) and issubclass(inner, BaseModel)
    if origin is tuple:
        if is_table:
            return "list of tables"
        return f"{len(parts)} numbers" if inner is float else "list of texts"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "table"
    if inner is not None and typing.get_origin(inner) is not None:
        return "numbers by part and value"
    return "tables by name" if is_table else "numbers by name"


def _numbers(kind: type, limits: list[Any]) -> str:
    told = {key: getattr(one, key) for key in _LIMITS for one in limits if hasattr(one, key)}
    # The page says once that no number is above these.
    found = {
        key: f"{value:,.15g}" for key, value in told.items() if key != "le" or value not in {MOST_DAYS, MOST_NUMBER}
    }
    both = {"ge", "le"} <= set(found)
    words = "{ge} to {le}".format(**found) if both else ", ".join(f"{_LIMITS[key]} {one}" for key, one in found.items())
    return f"{'whole, ' if kind is int else ''}{words}" if words else "whole" if kind is int else "any"


def _plain(annotation: Any) -> Any:
    """Returns an annotation without None and without what annotates it."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in {types.UnionType, typing.Union}:
        return _plain(next(one for one in typing.get_args(annotation) if one is not type(None)))
    return annotation


def _inner_limits(annotation: Any) -> Iterator[Any]:
    """Yields the limits that stand within an annotation, such as that of a number or None."""
    if typing.get_origin(annotation) is typing.Annotated:
        for one in typing.get_args(annotation)[1:]:
            yield from one.metadata if isinstance(one, FieldInfo) else [one]
    if typing.get_origin(annotation) in {types.UnionType, typing.Union}:
        for one in typing.get_args(annotation):
            yield from _inner_limits(one)


def default_of(field: FieldInfo) -> str:
    """Returns the default of a field, as the page writes it; empty for a table or list whose keys have their own."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    assert value is not PydanticUndefined
    if value is None or isinstance(value, BaseModel) or value in ((), {}, ""):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Enum):
        return f"`{value.value if isinstance(value.value, str) else value.name}`"
    if isinstance(value, Mapping):
        return ", ".join(f"`{name}`" for name in value)
    if isinstance(value, tuple):
        return ", ".join(f"{one:g}" if isinstance(one, float) else f"`{one}`" for one in value)
    return f"{value:g}" if isinstance(value, (int, float)) else f"`{value}`"


def _rows(heading: str) -> dict[str, tuple[str, str, str]]:
    """Returns meaning, range and default of each key in the table under a heading of the page."""
    text = PAGE.read_text("utf-8")
    start = text.index(f"\n### {heading}\n")
    end = re.search(r"\n##+ ", text[start + 4 :])
    part = text[start : start + 4 + end.start()] if end else text[start:]
    found = {}
    for line in re.findall(r"^\| `.*\|$", part, re.MULTILINE):
        key, meaning, *rest = (cell.strip() for cell in line.strip("|").split(" | "))
        # Other tables of a section have fewer columns.
        if len(rest) == 2:
            found[key.strip("`")] = (meaning, *rest)
    return found


@pytest.mark.parametrize(("heading", "model"), SECTIONS.items())
def test_every_key_is_described(heading: str, model: type[BaseModel]) -> None:
    """Each key of a table stands on the page with a meaning, its range and its default, and no other key does."""
    rows = _rows(heading)
    fields = model.model_fields

    assert list(fields) == list(rows)
    assert {name: (range_of(field), default_of(field)) for name, field in fields.items()} == {
        name: (values, default) for name, (_, values, default) in rows.items()
    }
    assert all(meaning for meaning, _, _ in rows.values())


def test_the_greatest_numbers_are_told() -> None:
    """What no number is above stands on the page."""
    text = PAGE.read_text("utf-8")

    assert f"No length of time and no day is above {MOST_DAYS:,}" in text
    assert f"no other number above {MOST_NUMBER:,.0f}" in text


def test_every_table_of_a_world_has_a_section() -> None:
    """No table that a world may have is missing on the page."""

    def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        yield model
        for field in model.model_fields.values():
            for inner in _models(field.annotation):
                yield from tables(inner)

    def _models(annotation: Any) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for one in typing.get_args(annotation):
            yield from _models(one)

    assert set(tables(WorldSpec)) == set(SECTIONS.values())


def test_every_trigger_is_described() -> None:
    """Each trigger stands on the page."""
    text = PAGE.read_text("utf-8")

    assert not [kind.value for kind in TriggerKind if f"| `{kind.value}` |" not in text]


def test_the_example_is_a_world() -> None:
    """The world file that the page shows is one that can be read, and keeps the laws of worlds."""
    shown = re.search(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert shown is not None

    check_world(parse_world(tomllib.loads(shown[1]), "docs/worlds.md"), days=28, customers=200)


def test_every_preset_is_described() -> None:
    """Each world that comes with the product stands on the page, with its size."""
    rows = re.findall(
        r"^\| \[`([a-z-]+)`\]\(\.\./simulators/worlds/presets/\1\.toml\) \| (\d+) \| ([\d,]+) \|",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    worlds = [read_world(name) for name in preset_names()]

    assert [(one.name, str(one.days), f"{one.customers:,}") for one in worlds] == sorted(rows)
