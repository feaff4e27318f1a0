"""Merges and enrollments of customers: protobuf to core values."""

from __future__ import annotations

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.enrollment import Enrollment
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import nothing_known, read_context
from banditsvc.rpc.wire_text import read_id, read_label, read_prose
from banditsvc.v1 import customer_pb2 as pb

MOST_MERGE_REASON = 256


def read_merge(message: pb.CustomerMerge, organization_id: str) -> CustomerMerge:
    """Returns a merge of two ids of an organization.

    Raises:
        InvalidRequest: Fields are malformed, or both ids are the same; it names all of them.
    """
    faults = Faults()
    merge = CustomerMerge(
        organization_id=organization_id,
        merged_customer_id=read_id(message.merged_customer_id, "merged_customer_id", faults),
        surviving_customer_id=read_id(message.surviving_customer_id, "surviving_customer_id", faults),
        reason=read_prose(message.reason, "reason", faults, MOST_MERGE_REASON),
    )
    if merge.merged_customer_id and merge.merged_customer_id == merge.surviving_customer_id:
        faults.add("surviving_customer_id", "must be another id than merged_customer_id")
    faults.raise_if_any()
    return merge


def read_enrollment(message: pb.Enrollment, organization_id: str, portfolio_id: str) -> Enrollment:
    """Returns an enrollment in a portfolio, without draws: those are the service's to make.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    enrollment = Enrollment(
        organization_id=organization_id,
        portfolio_id=portfolio_id,
        customer_id=read_id(message.customer_id, "customer_id", faults),
        assignment_key=read_label(message.assignment_key, "assignment_key", faults),
        channel=read_label(message.channel, "channel", faults),
        context=read_context(message.context, faults) if message.HasField("context") else nothing_known(),
    )
    faults.raise_if_any()
    return enrollment
