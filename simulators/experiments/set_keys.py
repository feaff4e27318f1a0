"""Worlds with some of their keys set otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from banditsvc.usage_error import UsageError
from simulators.table_faults import unknown_name
from simulators.worlds.read_world import parse_world
from simulators.worlds.world_spec import WorldSpec


def with_keys(spec: WorldSpec, setting: Mapping[str, Any], source: str) -> WorldSpec:
    """Returns the world with values at dotted keys: `customers`, `reward.window_days`, `campaigns.sale.base_rate`.

    Args:
        spec: The world.
        setting: Values by key; an entry of the campaigns is named by its campaign_id.
        source: What to name in messages, before the key.

    Raises:
        UsageError: There is no such key, or with the values the world is faulty.
    """
    if not setting:
        return spec
    tables = spec.model_dump(exclude_none=True)  # what is None is so by default
    for key, value in setting.items():
        _set(tables, spec, key, value, f"{source}.{key}")
    written = ", ".join(f"{key} = {value!r}" for key, value in setting.items())
    return parse_world(tables, f"{source} ({spec.name} with {written})")


def _set(tables: dict[str, Any], spec: WorldSpec, key: str, value: object, source: str) -> None:
    *above, last = key.split(".")
    here: Any = tables
    model: Any = spec
    for part in above:
        _check_part(model, part, source)
        if isinstance(here, dict):
            if here.get(part) is None:
                here[part] = {}
            elif isinstance(here[part], tuple):
                here[part] = list(here[part])
            here, model = here[part], _inside(model, part)
        else:
            place = [campaign.campaign_id for campaign in model].index(part)
            here, model = here[place], model[place]
    _check_part(model, last, source)
    if not isinstance(here, dict):
        raise UsageError(f"{source}: names a whole campaign; name one of its keys")
    here[last] = value


def _inside(model: Any, part: str) -> Any:
    return getattr(model, part) if isinstance(model, BaseModel) else model.get(part) if model is not None else None


def _check_part(model: Any, part: str, source: str) -> None:
    """Raises where a table has no such key. What is free in its names, and what is not set yet, takes any."""
    known: Iterable[str]
    if isinstance(model, BaseModel):
        known = type(model).model_fields
    elif isinstance(model, tuple) and model and hasattr(model[0], "campaign_id"):
        known = [campaign.campaign_id for campaign in model]
    elif model is None or isinstance(model, Mapping):
        return
    else:
        raise UsageError(f"{source}: {part} is in no table; name the key before it, with a whole value")
    if part not in known:
        raise UsageError(f"{source}: {part} is unknown; {unknown_name(part, list(known))}")
