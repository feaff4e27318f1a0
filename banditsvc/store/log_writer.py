"""Writing the SQLite log: one group of records, one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby
from typing import Any, cast

import apsw

from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.consent import Consent
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.enrollment import Enrollment
from banditsvc.core.organization import Organization
from banditsvc.core.outcome import FeedMark, Outcome
from banditsvc.core.settle import goes_out
from banditsvc.ports import Commit, LogRecord, Resource, Watermark
from banditsvc.store.codec import (
    ACTIVATIONS,
    AUDIENCE_PARTS,
    CONSENTS,
    ENROLLMENTS,
    FEED_MARKS,
    MERGES,
    encode_resource,
)
from banditsvc.store.contact_writer import FindRow, write_contacts
from banditsvc.store.decision_codec import DECISIONS
from banditsvc.store.label_ids import LabelIds
from banditsvc.store.log_keys import log_key
from banditsvc.store.outcome_codec import outcome_rows

_Row = tuple[Any, ...]

_INSERT_DECISION = "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_ACTIVATION = "INSERT INTO activations VALUES (?, ?, ?, ?, ?)"
_INSERT_OUTCOME = "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_FEED_MARK = "INSERT INTO feed_marks VALUES (?, ?, ?, ?)"
_INSERT_CONSENT = "INSERT INTO consents VALUES (?, ?, ?, ?, ?)"
_INSERT_MERGE = "INSERT INTO merges VALUES (?, ?, ?, ?, ?, ?)"
_INSERT_ENROLLMENT = "INSERT INTO enrollments VALUES (?, ?, ?, ?, ?)"
_INSERT_PART = "INSERT INTO audience_parts VALUES (?, ?, ?, ?, ?)"
_INSERT_RESOURCE = "INSERT INTO resources VALUES (?, ?, ?, ?, ?)"
_UPDATE_WATERMARK = "UPDATE watermark SET position = ?, time_us = ?"

_KNOWN_DECISIONS = "SELECT decision_id FROM decisions WHERE decision_id IN carray(?)"
_KNOWN_ACTIVATIONS = "SELECT decision_id FROM activations WHERE decision_id IN carray(?)"
_KNOWN_OUTCOMES = """
SELECT outcome_id, revision FROM outcomes INDEXED BY outcomes_by_id WHERE portfolio_id = ? AND outcome_id IN carray(?)
"""
_TAKE_OUTCOMES_BACK = "DELETE FROM outcomes WHERE position > ?"
_KNOWN_MERGES = """
SELECT merged_customer_id FROM merges WHERE organization_id = ? AND merged_customer_id IN carray(?)
"""
_KNOWN_PARTS = "SELECT number FROM audience_parts WHERE run_id = ?"


def write_group(
    connection: apsw.Connection,
    records: Sequence[LogRecord],
    mark: Watermark,
    time_us: int,
    *,
    labels: LabelIds,
    find_row: FindRow,
) -> tuple[Commit, Watermark]:
    """Writes records after a watermark, inside the caller's transaction, and moves the watermark.

    Args:
        connection: The writing one.
        records: What to write.
        mark: The watermark so far.
        time_us: The commit's stamp.
        labels: Numbers of labels.
        find_row: Returns the contact of an audience's row.
    """
    known = _known_keys(connection, [record for record in records if type(record) is not Outcome])
    position = mark.position
    positions: list[int | None] = []
    written: list[tuple[int, LogRecord]] = []
    rows: dict[str, list[_Row]] = defaultdict(list)
    for kind, alike in groupby(records, type):
        if kind is Outcome:
            places = _write_outcomes(connection, cast("list[Outcome]", list(alike)), position, time_us)
            positions += places
            position = max(filter(None, places), default=position)
            continue
        for record in alike:
            key = log_key(record)
            if key is not None:
                if key in known:
                    positions.append(None)
                    continue
                known.add(key)
            position += 1
            positions.append(position)
            written.append((position, record))
            statement, row = _ROWS.get(kind, _resource_row)(record, position, time_us)
            rows[statement].append(row)
            if isinstance(record, AudiencePart):
                position += record.span - 1
    for statement, group in rows.items():
        connection.executemany(statement, group)
    write_contacts(connection, written, labels, find_row)
    connection.execute(_UPDATE_WATERMARK, (position, time_us))
    return Commit(time_us, tuple(positions)), Watermark(position, time_us)


def _known_keys(connection: apsw.Connection, records: Sequence[LogRecord]) -> set[Hashable]:
    known: set[Hashable] = set()
    decisions = tuple(record.decision_id for record in records if isinstance(record, Decision))
    if decisions:
        found = connection.execute(_KNOWN_DECISIONS, (apsw.carray(decisions),))
        known.update((Decision, decision_id) for (decision_id,) in found)
    activations = tuple(record.decision_id for record in records if isinstance(record, Activation))
    if activations:
        found = connection.execute(_KNOWN_ACTIVATIONS, (apsw.carray(activations),))
        known.update((Activation, decision_id) for (decision_id,) in found)
    merges: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if isinstance(record, CustomerMerge):
            merges[record.organization_id].append(record.merged_customer_id)
    for organization_id, customer_ids in merges.items():
        found = connection.execute(_KNOWN_MERGES, (organization_id, apsw.carray(tuple(customer_ids))))
        known.update((CustomerMerge, organization_id, customer_id) for (customer_id,) in found)
    for run_id in {record.run_id for record in records if isinstance(record, AudiencePart)}:
        known.update((AudiencePart, run_id, number) for (number,) in connection.execute(_KNOWN_PARTS, (run_id,)))
    return known


def _decision_row(decision: Decision, position: int, time_us: int) -> tuple[str, _Row]:
    asked = decision.input
    keys = (
        decision.decision_id,
        asked.portfolio_id,
        asked.customer_id,
        asked.send_time_us,
        None if asked.is_test else asked.occasion or None,
    )
    return _INSERT_DECISION, (position, time_us, *keys, DECISIONS.encode(decision), goes_out(decision) or None)


def _write_outcomes(
    connection: apsw.Connection, outcomes: Sequence[Outcome], position: int, time_us: int
) -> Sequence[int | None]:
    """Writes outcomes after a position; returns the position of each, None for one that the log has already."""
    places: Sequence[int | None] = range(position + 1, position + 1 + len(outcomes))
    try:
        connection.executemany(_INSERT_OUTCOME, outcome_rows(outcomes, places, time_us))
    except apsw.ConstraintError:
        # Hardly ever: who posts outcomes has looked which are known, and to look again takes as long as to write some.
        connection.execute(_TAKE_OUTCOMES_BACK, (position,))
        places = _free_places(connection, outcomes, position)
        connection.executemany(_INSERT_OUTCOME, outcome_rows(outcomes, places, time_us))
    return places


def _free_places(connection: apsw.Connection, outcomes: Sequence[Outcome], position: int) -> list[int | None]:
    """Returns the position of each outcome after the one given, None for what the log has, or what came before."""
    by_portfolio: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        by_portfolio[outcome.portfolio_id].append(outcome.outcome_id)
    known: set[tuple[str, str, int]] = set()
    for portfolio_id, outcome_ids in by_portfolio.items():
        found = connection.execute(_KNOWN_OUTCOMES, (portfolio_id, apsw.carray(tuple(outcome_ids))))
        known.update((portfolio_id, outcome_id, revision) for outcome_id, revision in found)
    places: list[int | None] = []
    for outcome in outcomes:
        key = (outcome.portfolio_id, outcome.outcome_id, outcome.revision)
        position += key not in known
        places.append(None if key in known else position)
        known.add(key)
    return places


def _activation_row(activation: Activation, position: int, time_us: int) -> tuple[str, _Row]:
    body = ACTIVATIONS.encode(activation)
    return _INSERT_ACTIVATION, (position, time_us, activation.decision_id, activation.portfolio_id, body)


def _feed_mark_row(mark: FeedMark, position: int, time_us: int) -> tuple[str, _Row]:
    return _INSERT_FEED_MARK, (position, time_us, mark.portfolio_id, FEED_MARKS.encode(mark))


def _consent_row(consent: Consent, position: int, time_us: int) -> tuple[str, _Row]:
    body = CONSENTS.encode(consent)
    return _INSERT_CONSENT, (position, time_us, consent.organization_id, consent.customer_id, body)


def _merge_row(merge: CustomerMerge, position: int, time_us: int) -> tuple[str, _Row]:
    ids = (merge.organization_id, merge.merged_customer_id, merge.surviving_customer_id)
    return _INSERT_MERGE, (position, time_us, *ids, MERGES.encode(merge))


def _enrollment_row(enrollment: Enrollment, position: int, time_us: int) -> tuple[str, _Row]:
    body = ENROLLMENTS.encode(enrollment)
    return _INSERT_ENROLLMENT, (position, time_us, enrollment.portfolio_id, enrollment.customer_id, body)


def _part_row(part: AudiencePart, position: int, time_us: int) -> tuple[str, _Row]:
    return _INSERT_PART, (position, time_us, part.run_id, part.number, AUDIENCE_PARTS.encode(part))


def _resource_row(resource: Resource, position: int, time_us: int) -> tuple[str, _Row]:
    kind, body = encode_resource(resource)
    portfolio_id = "" if isinstance(resource, Organization) else resource.portfolio_id
    return _INSERT_RESOURCE, (position, time_us, kind, portfolio_id, body)


_ROWS: dict[type, Callable[[Any, int, int], tuple[str, _Row]]] = {
    Decision: _decision_row,
    Activation: _activation_row,
    FeedMark: _feed_mark_row,
    Consent: _consent_row,
    CustomerMerge: _merge_row,
    Enrollment: _enrollment_row,
    AudiencePart: _part_row,
}
