"""Exclusions as rows of the open form's table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banditsvc.core.campaign import CampaignKind, CampaignType
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.log_campaign_rows import Row
from banditsvc.ports import Recorded


def exclusion_rows(records: Sequence[Recorded[Exclusion | ExclusionRevocation]]) -> Iterator[Row]:
    """Yields the rows of a portfolio's exclusions and their ends, in log order; keys are the columns of EXCLUSIONS."""
    known: dict[int, Exclusion] = {}
    for recorded in records:
        record = recorded.value
        if isinstance(record, Exclusion):
            known[record.exclusion_id] = record
        exclusion = known[record.exclusion_id]
        campaigns = exclusion.campaigns
        yield {
            "position": recorded.position,
            "record_time": recorded.record_time_us,
            "portfolio_id": record.portfolio_id,
            "exclusion_id": record.exclusion_id,
            "state": "ACTIVE" if isinstance(record, Exclusion) else "REVOKED",
            "start_time": exclusion.start_us,
            "end_time": exclusion.end_us,
            "campaign_ids": campaigns.campaign_ids,
            "families": campaigns.families,
            "categories": campaigns.categories,
            "channels": campaigns.channels,
            "types": [CampaignType(number).name for number in campaigns.types],
            "kinds": [CampaignKind(number).name for number in campaigns.kinds],
            "reason": record.reason,
            "author": record.author or None,
        }
