"""Certifying: all checks of a candidate, in worlds and on a log if there is one, as a certificate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata

from banditsvc.core.certificate import VALID_US, Certificate, Check
from offline_eval.certificate import EvaluabilityTerms, LogTerms, log_checks
from offline_eval.intervals import Floats
from offline_eval.logged import Logged
from simulators.certify.candidate import Candidate
from simulators.certify.evaluability_in_world import evaluability_in_world
from simulators.certify.world_checks import drift_check, new_winner_check, unsubscribes_check
from simulators.certify.world_terms import WorldTerms
from simulators.experiments.code_version import code_version
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

WORLD, TIRING_WORLD = "certificate", "fatigue"
"""Presets: where winners are to be found, and where contacts drive customers away."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogPart:
    """A portfolio's log, and what the candidate and the policy in force would do on it."""

    portfolio_id: str
    logged: Logged
    target: Floats
    deployed: Floats
    description: str
    """Where it is from, and of when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifyTerms:
    """What is asked of a candidate."""

    worlds: WorldTerms = field(default_factory=WorldTerms)
    log: LogTerms = field(default_factory=LogTerms)
    evaluability: EvaluabilityTerms = field(default_factory=EvaluabilityTerms)
    """Where there is no log; else that of the log counts."""


def certify(
    candidate: Candidate,
    *,
    worlds: Sequence[WorldSpec] = (),
    log: LogPart | None = None,
    terms: CertifyTerms,
    issue_time_us: int,
    on_check: Callable[[Check], None] = lambda _: None,
) -> Certificate:
    """Returns the certificate of a candidate.

    Args:
        candidate: Policy and learner.
        worlds: Worlds where it must find a new winner and recover from drift, besides the one that comes with the product.
        log: What it is judged on; None: worlds alone.
        terms: What is asked for.
        issue_time_us: Now.
        on_check: Told each check as it is made.
    """
    tried = (read_world(WORLD), *worlds)
    tiring = read_world(TIRING_WORLD)
    found: list[Check] = []
    for check in _checks(candidate, tried, tiring, log, terms):
        on_check(check)
        found.append(check)
    return Certificate(
        subject=candidate.subject,
        checks=tuple(found),
        portfolio_id="" if log is None else log.portfolio_id,
        data_sha256=_digest((*tried, tiring), terms, log),
        data_description=_description((*tried, tiring), terms, log),
        code_version=f"{metadata.version('banditsvc')}+{code_version()['banditsvc']}",
        issue_time_us=issue_time_us,
        expire_time_us=issue_time_us + VALID_US,
    )


def _checks(
    candidate: Candidate,
    worlds: Sequence[WorldSpec],
    tiring: WorldSpec,
    log: LogPart | None,
    terms: CertifyTerms,
) -> Iterator[Check]:
    if log is None:
        yield evaluability_in_world(candidate, worlds[0], terms.worlds, terms.evaluability)
    else:
        yield from log_checks(log.logged, log.target, log.deployed, terms.log)
    for world in worlds:
        yield new_winner_check(candidate, world, terms.worlds)
        yield drift_check(candidate, world, terms.worlds)
    yield unsubscribes_check(candidate, tiring, terms.worlds)


def _digest(worlds: Sequence[WorldSpec], terms: CertifyTerms, log: LogPart | None) -> str:
    digest = hashlib.sha256()
    for world in worlds:
        digest.update(json.dumps(world.model_dump(mode="json"), sort_keys=True).encode())
    digest.update(repr(terms).encode())
    if log is not None:
        for column in (log.logged.reward, log.logged.probability, log.logged.chosen, log.target, log.deployed):
            digest.update(column.tobytes())
    return digest.hexdigest()


def _description(worlds: Sequence[WorldSpec], terms: CertifyTerms, log: LogPart | None) -> str:
    names = ", ".join(world.name for world in worlds)
    of_worlds = f"worlds {names}, runs from seed {terms.worlds.seed}"
    return of_worlds if log is None else f"{log.description}; {of_worlds}"
