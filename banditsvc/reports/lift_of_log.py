"""The lift report over a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.errors import FailedPrecondition, FieldViolation, InvalidRequest
from banditsvc.core.times import DAY_US
from banditsvc.lift_tables import SLICES, LiftScope, LiftTables, organization_scope, portfolio_scope, read_tables
from banditsvc.log_file import read_log_file
from banditsvc.ports import DecisionLog
from banditsvc.reports.lift_result import HorizonLift, LogLift
from offline_eval.intervals import IntervalKind, IntervalSpec
from offline_eval.lift import LiftSettings, SampleRatio, customer_table, lift_report, sample_ratio

HORIZONS = (7, 30, 90, 365)
"""Days."""
LONGEST_DAYS = 3_650
TIGHTEST_GROUP = 1_000
"""Customers of the smaller group of a pair at which an ANYTIME interval is tightest. Being below costs more than being
above: with a tenth as many the interval is a quarter wider than it could be, with a hundred times as many a sixth. With the
shares, which stand before anybody is enrolled, it fixes the whole sequence beforehand: nothing of it is tuned to the
data."""


def lift_of_log(
    log: DecisionLog | str | Path,
    portfolio_id: str = "",
    *,
    organization_id: str = "",
    channel: str = "",
    version: int | None = None,
    horizons: Sequence[int] = HORIZONS,
    kind: IntervalKind = IntervalKind.ANYTIME,
    level: float = 0.95,
    slices: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005  a keyword of the interface
) -> LogLift:
    """Returns what the groups of a portfolio, or of an organization over all its portfolios, earned over each other.

        lift_of_log("data", "shop", slices=["segment"]).to_pandas()

    Groups, shares and what counts are those that the log has: the division's shares, and the portfolio's or organization's
    lift_spec. The service may go on meanwhile.

    Args:
        log: A log, or the data directory of the service, or its log file, which is read only.
        portfolio_id: The portfolio; or else
        organization_id: the organization.
        channel: Of the division; empty for the one that holds for all channels.
        version: Its assignment_version; None for the newest that has enrolled anybody.
        horizons: Days over which a customer's orders are counted, from entry on.
        kind: ANYTIME, to be read as often as one likes, or FIXED, for a single reading.
        level: Confidence level of the intervals, above 0 and below 1.
        slices: Names of banditsvc.lift_tables.SLICES, by which to look at customers in parts.
        progress: Told again and again how many decisions were read, and how many there are.

    Raises:
        InvalidRequest: It names every argument at fault.
        NotFound: There is no such portfolio or organization.
        FailedPrecondition: It does not divide its customers into groups, or has all of them in one.
        StoreError: There is no log, or it cannot be read.
    """
    violations = [
        FieldViolation(name, text) for name, text in _faults(portfolio_id, organization_id, horizons, level, slices)
    ]
    if violations:
        raise InvalidRequest(violations)
    asked = _Asked(tuple(sorted(set(horizons))), kind, level, tuple(dict.fromkeys(slices)))
    if not isinstance(log, str | Path):
        scope = _scope(log, portfolio_id, organization_id, channel, version)
        return _lift(read_tables(log, scope, progress), asked)
    with closing(read_log_file(log)) as opened:
        scope = _scope(opened, portfolio_id, organization_id, channel, version)
        return _lift(read_tables(opened, scope, progress), asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, checked."""

    horizons: tuple[int, ...]
    kind: IntervalKind
    level: float
    slices: tuple[str, ...]


def _faults(
    portfolio_id: str, organization_id: str, horizons: Sequence[int], level: float, slices: Sequence[str]
) -> list[tuple[str, str]]:
    unknown = sorted(set(slices) - set(SLICES))
    rules = (
        (
            "portfolio_id",
            bool(portfolio_id) != bool(organization_id),
            "name a portfolio or an organization, and not both",
        ),
        ("horizons", bool(horizons), "at least one is needed"),
        (
            "horizons",
            all(1 <= days <= LONGEST_DAYS for days in horizons),
            f"each must be from 1 to {LONGEST_DAYS:,} days",
        ),
        ("level", 0.0 < level < 1.0, "must be above 0 and below 1"),
        ("slices", not unknown, f"there is no {', '.join(map(repr, unknown))}; there are {', '.join(SLICES)}"),
    )
    return [(name, text) for name, holds, text in rules if not holds]


def _scope(log: DecisionLog, portfolio_id: str, organization_id: str, channel: str, version: int | None) -> LiftScope:
    resources = log.read_resources(0)
    if portfolio_id:
        return portfolio_scope(resources, portfolio_id, channel=channel, version=version)
    return organization_scope(resources, organization_id, channel=channel, version=version)


def _lift(tables: LiftTables, asked: _Asked) -> LogLift:
    scope, enrolled = tables.scope, tables.enrolled
    spec = scope.spec(enrolled.version)
    all_shares = enrolled.shares if enrolled.version else spec.shares
    shares = {group.name: share for group, share in zip(AssignmentGroup, all_shares, strict=True) if share > 0.0}
    if len(shares) < 2:
        raise FailedPrecondition(
            "ONE_GROUP",
            f"all customers of {scope.owner.name.lower()} {scope.owner_id!r} are in one group: {next(iter(shares))}",
        )
    settings = _settings(scope, shares, asked)
    ratio = sample_ratio(enrolled.frame["group"], enrolled.frame["entry_us"], shares, settings.sample_ratio_level)
    entry = enrolled.frame["entry_us"]
    counts = enrolled.frame["group"].value_counts()
    redrawn_us = scope.end_us(enrolled.version) if enrolled.version else None
    return LogLift(
        owner=scope.owner.name,
        owner_id=scope.owner_id,
        channel=scope.channel,
        display_name=scope.display_name or scope.owner_id,
        currency=scope.currencies[0] if len(scope.currencies) == 1 else "",
        assignment_version=enrolled.version,
        start_us=spec.start_time_us,
        redrawn_us=redrawn_us,
        population=scope.lift.population.name,
        shares=shares,
        enrolled={group: int(counts.get(group, 0)) for group in shares},
        first_entry_us=None if entry.empty else int(entry.min()),
        last_entry_us=None if entry.empty else int(entry.max()),
        sample_ratio=ratio,
        complete=tables.complete,
        read_us=tables.read_us,
        changed_group=enrolled.changed_group,
        contaminated=enrolled.contaminated,
        outside=enrolled.outside,
        mixed_families=enrolled.mixed_families,
        merged_families=enrolled.merged_families,
        not_activated=enrolled.not_activated,
        horizons=tuple(_horizon(tables, settings, days, ratio, redrawn_us) for days in asked.horizons),
    )


def _settings(scope: LiftScope, shares: Mapping[str, float], asked: _Asked) -> LiftSettings:
    currencies = scope.currencies
    several = f"amounts in {', '.join(currencies)} do not add up: ask for one portfolio" if len(currencies) > 1 else ""
    return LiftSettings(
        shares=shares,
        interval=IntervalSpec(kind=asked.kind, level=asked.level),
        tightest_group=TIGHTEST_GROUP,
        greatest_value=scope.lift.greatest_revenue,
        slices=asked.slices,
        anchored_slices=("campaign", "family"),
        planned_slices=scope.lift.planned_slices,
        revenue_refusal=several,
        smallest_lift=scope.lift.smallest_lift,
    )


def _horizon(
    tables: LiftTables, settings: LiftSettings, days: int, ratio: SampleRatio, redrawn_us: int | None
) -> HorizonLift:
    # Once everyone is drawn anew, what customers do is also what their new group makes them do.
    through_us = tables.complete.through_us if redrawn_us is None else min(tables.complete.through_us, redrawn_us)
    enrolled = tables.enrolled.frame
    counted = customer_table(enrolled, tables.orders, horizon_days=days, through_us=through_us)
    own = replace(settings, horizon_days=days)
    return HorizonLift(
        report=lift_report(counted.frame, own, ratio),
        left_out=counted.left_out,
        first_end_us=None if enrolled.empty else int(enrolled["entry_us"].min()) + days * DAY_US,
        settings=own,
        table=counted.frame,
    )
