"""Reading a world: a preset by its name, or a TOML file; every fault with its place."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError
from simulators.worlds.world_spec import WorldSpec


def preset_names() -> tuple[str, ...]:
    """Returns the names of the worlds that come with the product, sorted."""
    found = [Path(entry.name).stem for entry in _presets().iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted(found))


def read_world(name: str) -> WorldSpec:
    """Returns a world: a preset, or what stands in the file of that path.

    Raises:
        UsageError: There is no such world, or it is faulty; the message names every place at fault.
    """
    if name in preset_names():
        with_name = _presets() / f"{name}.toml"
        return parse_world(read_toml(Path(str(with_name))), name)
    if not Path(name).exists():
        raise UsageError(f"{name} is neither a file nor one of the worlds {', '.join(preset_names())}")
    return parse_world(read_toml(Path(name)), name)


def parse_world(tables: dict[str, Any], source: str) -> WorldSpec:
    """Returns the world of the tables of a file.

    Raises:
        UsageError: It is faulty; source is named in the message.
    """
    try:
        return WorldSpec.model_validate(tables)
    except ValidationError as error:
        raise UsageError(
            "\n".join(_fault(source, fault["loc"], fault["msg"], tables) for fault in error.errors())
        ) from None


def _fault(source: str, place: tuple[int | str, ...], message: str, tables: dict[str, Any]) -> str:
    words = [str(part) for part in place]
    if len(place) > 1 and place[0] == "campaigns" and isinstance(place[1], int):
        named = tables["campaigns"][place[1]]
        words[:2] = [f"campaigns[{named.get('campaign_id', place[1]) if isinstance(named, dict) else place[1]}]"]
    where = ".".join(words)
    text = message.removeprefix("Value error, ")
    return f"{source}: {where}: {text}" if where else f"{source}: {text}"


def _presets() -> Any:
    return files("simulators.worlds") / "presets"
