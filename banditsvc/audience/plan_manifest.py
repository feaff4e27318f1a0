"""Plan manifests: what a plan was made from, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from hashlib import file_digest
from pathlib import Path
from typing import Any

from banditsvc.core.run_terms import RunTerms
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.usage_error import UsageError
from banditsvc.whole_file import whole_file

MANIFEST = "plan.json"
_SENT = ("part-", "counters-", "prices.")
_VERSIONS = ("portfolio_version", "organization_version", "policy_version")
"""Fields that only count changes: what has changed is named instead."""

_NOT_SET = "not set"
_NOTHING = {"()", "''", "None", "False", "{}"}

Plain = dict[str, str]
Settings = dict[str, Plain]
"""Each field in text, by what it is a field of, such as `campaign boots`."""


class NoPlan(UsageError):
    """A directory has no plan that can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """One part of a plan."""

    rows: int
    contacts: Mapping[str, int]
    """By campaign_id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanManifest:
    """What a plan was made from."""

    terms: RunTerms
    position: int
    """Of the log, as of which it was made."""
    model_version: str
    settings: Settings
    parts: tuple[PlannedPart, ...]
    files: Mapping[str, str]
    """SHA-256 of what is sent, and of what tells whether it still may be, by file name."""

    def write(self, directory: Path) -> None:
        """Writes it into the plan's directory.

        Raises:
            OSError: It cannot be written.
        """
        with whole_file(directory / MANIFEST) as file:
            file.write(json.dumps(asdict(self), indent=1, sort_keys=True).encode())


def read_manifest(directory: Path) -> PlanManifest:
    """Returns the manifest of a plan.

    Raises:
        NoPlan: There is none, or it is damaged.
    """
    path = directory / MANIFEST
    try:
        plain: dict[str, Any] = json.loads(path.read_text("utf-8"))
        terms = RunTerms(**{**plain["terms"], "excluded": tuple(plain["terms"]["excluded"])})
        parts = tuple([PlannedPart(**part) for part in plain["parts"]])
        return PlanManifest(**{**plain, "terms": terms, "parts": parts})
    except OSError as error:
        raise NoPlan(
            f"cannot read {path}: {error.strerror}; make a plan with rank-audience --plan {directory}"
        ) from None
    except (KeyError, TypeError, ValueError):
        raise NoPlan(f"{path} is no manifest of a plan; make it anew with rank-audience --plan {directory}") from None


def digests_of(directory: Path) -> dict[str, str]:
    """Returns the digest of each file of a plan that is sent, or tells whether it still may be.

    Raises:
        OSError: One cannot be read.
    """
    paths = [path for path in sorted(directory.iterdir()) if path.name.startswith(_SENT)]
    return {path.name: digest_of(path) for path in paths}


def digest_of(path: Path) -> str:
    """Returns the SHA-256 of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def settings_of(active: ActivePortfolio) -> Settings:
    """Returns all that decides but for what is learned, and for what is on record of customers."""
    policies = [active.policy, *([] if active.challenger is None else [active.challenger])]
    return {
        "organization": _plain(active.organization),
        "portfolio": _plain(active.portfolio),
        **{f"policy {policy.policy_version}": _plain(policy) for policy in policies},
        "guardrails": {"tripped": str(active.is_tripped)},
        "trial": {"traffic_split": str(active.split)},
        **{f"campaign {campaign_id}": _plain(campaign) for campaign_id, campaign in active.catalogue.items()},
    }


def changes(then: Settings, now: Settings) -> Iterator[str]:
    """Yields what has changed, by campaign or setting and field."""
    for name in sorted({*then, *now}):
        if name not in now:
            yield f"{name} is gone"
        elif name not in then:
            yield f"{name} is new"
        else:
            pairs = {
                one: (then[name].get(one, _NOT_SET), now[name].get(one, _NOT_SET))
                for one in sorted({*then[name], *now[name]} - set(_VERSIONS))
            }
            differing = {one: pair for one, pair in pairs.items() if pair[0] != pair[1]}
            # Of what is new or gone as a whole, those parts that say something are enough.
            telling = {one: pair for one, pair in differing.items() if set(pair) - {_NOT_SET} - _NOTHING}
            for one, (before, after) in (telling or differing).items():
                yield f"{name}: {one} was {before}, and is {after}"


def _plain(value: Any) -> Plain:
    return {one: text for field in fields(value) for one, text in _texts(field.name, getattr(value, field.name))}


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yields each part of a value in text, by its path: fields by their names, and several that have fields by theirs."""
    if is_dataclass(value):
        for one in fields(value):
            yield from _texts(f"{name}.{one.name}", getattr(value, one.name))
    elif isinstance(value, tuple) and any(map(is_dataclass, value)):
        called = {str(getattr(one, "name", "") or place): one for place, one in enumerate(value, 1)}
        yield name, ", ".join(called)
        for label, one in called.items():
            yield from _texts(f"{name}[{label}]", one)
    else:
        yield name, value.name if isinstance(value, Enum) else repr(value)
