"""Merges as the tests of serving make them."""

from __future__ import annotations

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.errors import BanditError, FailedPrecondition
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.serving.merging import MergeAnswer
from tests.serving.shop import Shop

Pair = tuple[str, str]
"""The id that is given up, and the one that stays."""


def merge_of(pair: Pair, organization_id: str = DEFAULT_ORGANIZATION_ID, reason: str = "") -> CustomerMerge:
    """Returns the merge of the first id into the second."""
    return CustomerMerge(
        organization_id=organization_id,
        merged_customer_id=pair[0],
        surviving_customer_id=pair[1],
        reason=reason,
    )


async def merged(shop: Shop, *pairs: Pair) -> list[tuple[str, bool] | str]:
    """Returns the answers to merges: the survivor and whether it is a repeat, or the reason of an error."""
    answers = await shop.merger.merge(DEFAULT_ORGANIZATION_ID, [merge_of(pair) for pair in pairs])
    return [outline(answer) for answer in answers]


def outline(answer: MergeAnswer | BanditError) -> tuple[str, bool] | str:
    """Returns what an answer says."""
    if isinstance(answer, MergeAnswer):
        return answer.surviving_customer_id, answer.is_repeat
    return answer.reason if isinstance(answer, FailedPrecondition) else type(answer).__name__
