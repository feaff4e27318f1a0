"""Candidates: policies to evaluate, as people name them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

from banditsvc.core.exploration import EXPLORATIONS, ExclusiveRules
from banditsvc.core.policy import Policy
from banditsvc.core.rule import FeatureType
from offline_eval.intervals import Floats
from offline_eval.logged import Logged, LogRefused, Target, always, as_logged, column, policy_on_log, uniform, without

Candidate: TypeAlias = str | Policy | Target
"""A text such as `logged`, `uniform`, `always:sale`, `without:sale`, `column:p_new` or `square_cb gamma_scale=2 floor=0.05`; a policy of the
service; or a function from logged decisions to the probability of each of their entries."""
Candidates: TypeAlias = Candidate | Mapping[str, Candidate] | Sequence[Candidate]
LOGGED = "logged"
"""Name of the policy that made the log."""
_PREFIXES = {"always:": always, "without:": without, "column:": column}


def candidates_of(given: Candidates, schema: Mapping[str, FeatureType]) -> dict[str, Target]:
    """Returns the target of each candidate by its name.

    Args:
        given: One candidate, several, or several by name.
        schema: Types of the features that exclusive rules may name.

    Raises:
        LogRefused: A text names none, or two have one name.
    """
    if isinstance(given, Mapping):
        return {name: target_of(one, schema) for name, one in given.items()}
    several = [given] if isinstance(given, str | Policy) or callable(given) else list(given)
    named = [(_name(one, place), target_of(one, schema)) for place, one in enumerate(several, 1)]
    names = [name for name, _ in named]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LogRefused(f"two candidates are called {', '.join(twice)}: give them names of their own, by a mapping")
    return dict(named)


def target_of(candidate: Candidate, schema: Mapping[str, FeatureType]) -> Target:
    """Returns the target of a candidate.

    Raises:
        LogRefused: A text names none.
    """
    if isinstance(candidate, str):
        for prefix, make in _PREFIXES.items():
            if candidate.startswith(prefix):
                return make(candidate.removeprefix(prefix))
        if candidate == LOGGED:
            return as_logged
        if candidate == "uniform":
            return uniform
        candidate = policy_of_text(candidate)
    if not isinstance(candidate, Policy):
        return candidate
    policy = candidate

    def target(logged: Logged) -> Floats:
        return policy_on_log(logged, policy, schema)

    return target


def policy_of_text(text: str) -> Policy:
    """Returns the policy of a text: the name of an exploration, then its settings and the floor, such as `floor=0.05`.

    Raises:
        LogRefused: There is no such exploration or setting, or a value is none.
    """
    name, *pairs = text.split()[:1] + text.split()[1:] or [""]
    kind = EXPLORATIONS.get(name)
    if kind is None or kind is ExclusiveRules:
        known = ", ".join(sorted(EXPLORATIONS.keys() - {"exclusive_rules"}))
        raise LogRefused(
            f"{text!r} names no candidate: write {LOGGED}, always:CAMPAIGN, without:CAMPAIGN, column:NAME or one of {known}, with settings such "
            "as floor=0.05 behind it"
        )
    settings: dict[str, Any] = {}
    known_fields = {one.name: one.type for one in fields(kind)} | {"floor": "float"}  # type: ignore[arg-type]  # all are dataclasses
    for pair in pairs:
        setting, _, value = pair.partition("=")
        try:
            settings[setting] = _in_range(setting, int(value) if known_fields[setting] == "int" else float(value))
        except (KeyError, ValueError):
            can, shares = ", ".join(known_fields), " and ".join(sorted(_SHARES & known_fields.keys()))
            raise LogRefused(
                f"{text!r}: {pair!r} is no setting of {name}, which has {can}, as SETTING=NUMBER: {shares} from 0 to 1, others above 0"
            ) from None
    floor = settings.pop("floor", 0.0)
    return Policy(portfolio_id="", exploration=kind(**settings), floor=floor, description=text)


def _in_range(setting: str, value: float) -> float:
    """Returns the value of a setting.

    Raises:
        ValueError: It is out of range.
    """
    if not (0.0 <= value <= 1.0 if setting in _SHARES else 0.0 < value < math.inf):
        raise ValueError
    return value


_SHARES = frozenset({"floor", "epsilon", "gamma_exponent"})
"""Settings from 0 to 1."""


def _name(candidate: Candidate, place: int) -> str:
    if isinstance(candidate, str):
        return candidate
    if isinstance(candidate, Policy):
        return (
            f"version {candidate.policy_version}"
            if candidate.policy_version
            else candidate.description or f"policy {place}"
        )
    return getattr(candidate, "__name__", f"policy {place}")
