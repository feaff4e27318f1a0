"""The manifest of a directory of results: which experiment it belongs to, made by which code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from banditsvc.usage_error import UsageError
from simulators.experiments.whole_files import write_whole

MANIFEST = "experiment.json"
_FORMAT = 1
_MOST_SHOWN = 10
"""Differences that a message lists."""
_WITHOUT_EFFECT = ("name", "description", "baselines", "without_exploration", "sweep")
"""Parts of a declaration that change how results are read, not the results: they are taken from the newest one."""


def bind(directory: Path, declaration: Mapping[str, Any], code: Mapping[str, str]) -> None:
    """Binds a directory to an experiment, or checks that it is bound to this one.

    Raises:
        UsageError: It has results of another declaration or of other code, or it holds something else.
        WriteFailed: The manifest cannot be written.
    """
    path = directory / MANIFEST
    # By way of JSON, so that a tuple is what it will be when it is read back.
    wanted = json.loads(json.dumps({"format": _FORMAT, "declaration": declaration, "code": code}))
    if path.exists():
        found = read_manifest(directory)
        changes = list(_changes(_results_of(found), _results_of(wanted)))
        if changes:
            raise UsageError(_refusal(directory, changes))
        if found == wanted:
            return
    elif directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty and has no {MANIFEST}: name a new directory")
    write_whole(path, json.dumps(wanted, indent=1) + "\n")


def read_manifest(directory: Path) -> dict[str, Any]:
    """Returns the manifest of a directory of results.

    Raises:
        UsageError: It has none, or one that is not readable.
    """
    path = directory / MANIFEST
    try:
        read = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{directory} has no results of an experiment: cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path} is no manifest of an experiment") from None
    found: dict[str, Any] = read if isinstance(read, dict) else {}
    if found.get("format") != _FORMAT:
        raise UsageError(f"{path} is no manifest of an experiment of this version")
    return found


def _results_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what of a manifest the results depend on."""
    declared = {key: value for key, value in manifest["declaration"].items() if key not in _WITHOUT_EFFECT}
    return {**declared, "code": manifest["code"]}


def _refusal(directory: Path, changes: list[str]) -> str:
    shown = [f"  {change}" for change in changes[:_MOST_SHOWN]]
    if len(changes) > _MOST_SHOWN:
        shown.append(f"  and {len(changes) - _MOST_SHOWN} more")
    return "\n".join(
        [
            f"{directory} has results of another experiment, which do not go together with these:",
            *shown,
            "To start afresh, name a new directory or remove this one.",
        ]
    )


def _changes(old: Any, new: Any, place: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            below = f"{place}.{key}" if place else str(key)
            if key not in new:
                yield f"{below}: there no more"
            elif key not in old:
                yield f"{below}: not there before"
            else:
                yield from _changes(old[key], new[key], below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            named = one.get("campaign_id", number) if isinstance(one, dict) else number
            yield from _changes(one, other, f"{place}[{named}]")
    elif old != new:
        yield f"{place}: {_shown(old)} before, {_shown(new)} now"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} entries"
    return json.dumps(value)
