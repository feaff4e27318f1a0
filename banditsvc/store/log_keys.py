"""Keys of log records: of each there is at most one record in the log."""

from __future__ import annotations

from collections.abc import Hashable

from banditsvc.core.activation import Activation
from banditsvc.core.audience_part import AudiencePart
from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.decision import Decision
from banditsvc.core.outcome import Outcome
from banditsvc.ports import LogRecord


def log_key(record: LogRecord) -> Hashable | None:
    """Returns the key of a record, apart from those of all other kinds, or None for a kind without one."""
    if isinstance(record, Outcome):
        return (Outcome, record.portfolio_id, record.outcome_id, record.revision)
    if isinstance(record, Decision):
        return (Decision, record.decision_id)
    if isinstance(record, Activation):
        return (Activation, record.decision_id)
    if isinstance(record, CustomerMerge):
        return (CustomerMerge, record.organization_id, record.merged_customer_id)
    if isinstance(record, AudiencePart):
        return (AudiencePart, record.run_id, record.number)
    return None
