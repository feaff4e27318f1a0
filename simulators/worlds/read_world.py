"""Reading a world: a preset by its name, or a TOML file; every fault with its place."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError
from simulators.table_faults import Place, fault_lines, faults_of, unknown_name
from simulators.worlds.world_spec import WorldSpec


def preset_names() -> tuple[str, ...]:
    """Returns the names of the worlds that come with the product, sorted."""
    found = [Path(entry.name).stem for entry in _presets().iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted(found))


def read_world(name: str) -> WorldSpec:
    """Returns a world: a preset, or what stands in the file of that path.

    Raises:
        UsageError: There is no such world, or it is faulty; the message names every place at fault, one a line.
    """
    presets = preset_names()
    if name in presets:
        return parse_world(read_toml(Path(str(_presets() / f"{name}.toml"))), name)
    if not Path(name).exists():
        remedy = unknown_name(name, presets, "the worlds that come with the product")
        raise UsageError(f"there is no world {name!r}, and no file of that name; {remedy}")
    return parse_world(read_toml(Path(name)), name)


def parse_world(tables: dict[str, Any], source: str) -> WorldSpec:
    """Returns the world of the tables of a file.

    Raises:
        UsageError: It is faulty; source is named in the message.
    """
    try:
        return WorldSpec.model_validate(tables)
    except ValidationError as error:
        faults = faults_of(error, WorldSpec)
        # Each round leaves out at least one key more.
        while further := _faults_of_rest(tables, [place for place, _ in faults]):
            faults += further
        raise UsageError("\n".join(fault_lines(faults, tables, source))) from None


def _faults_of_rest(tables: dict[str, Any], places: Sequence[Place]) -> list[tuple[Place, str]]:
    """Returns what is at fault where the keys at fault are left out.

    Keys are compared, and names looked up, only once all keys of a table are good: a fault here would hide one there.
    Whatever is left out has a default that causes no fault; without the population's tables it would be otherwise, and
    nothing more is said.
    """
    rest: dict[str, Any] = {"name": "rest", **tables}
    whole: set[int] = set()
    inner: dict[int, set[str]] = {}
    for place in places:
        if place[:1] == ("population",) or place in {(), ("campaigns",)}:
            return []
        if place[0] != "campaigns":
            rest.pop(str(place[0]), None)
            rest.setdefault("name", "rest")
        elif len(place) == 2 or place[2] == "campaign_id":
            whole.add(int(place[1]))
        else:
            inner.setdefault(int(place[1]), set()).add(str(place[2]))
    numbers = [number for number in range(len(rest["campaigns"])) if number not in whole]
    rest["campaigns"] = [
        {key: value for key, value in rest["campaigns"][number].items() if key not in inner.get(number, ())}
        for number in numbers
    ]
    try:
        WorldSpec.model_validate(rest)
    except ValidationError as error:
        found = faults_of(error, WorldSpec)
        at_home = [(_at_home(place, numbers), text) for place, text in found if place != ("campaigns",)]
        return [fault for fault in at_home if fault[0] not in places]
    return []


def _at_home(place: Place, numbers: list[int]) -> Place:
    """Returns a place among the campaigns that were left as one among all."""
    return (place[0], numbers[int(place[1])], *place[2:]) if place[0] == "campaigns" else place


def _presets() -> Traversable:
    return files("simulators.worlds") / "presets"
