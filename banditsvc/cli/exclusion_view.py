"""Exclusions for people."""

from __future__ import annotations

from typing import Any

from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.output import counted
from banditsvc.v1 import campaign_pb2, exclusion_pb2


def span_words(exclusion: exclusion_pb2.Exclusion) -> str:
    """Returns which send times are excluded, such as `from 2026-11-23T08:00:00Z to 2026-11-23T12:00:00Z`."""
    words = []
    if exclusion.HasField("start_time"):
        words.append(f"from {exclusion.start_time.ToJsonString()}")
    if exclusion.HasField("end_time"):
        words.append(f"to {exclusion.end_time.ToJsonString()}")
    return " ".join(words) or "all"


def campaign_words(exclusion: exclusion_pb2.Exclusion) -> str:
    """Returns which campaigns are excluded, such as `family coupons, channel sms`; `all` for no choice."""
    chosen = exclusion.campaigns
    named: list[tuple[str, Any]] = [
        ("", chosen.campaign_ids),
        ("family ", chosen.families),
        ("category ", chosen.categories),
        ("channel ", chosen.channels),
        ("type ", [enum_name(campaign_pb2.CampaignType, number) for number in chosen.types]),
        ("kind ", [enum_name(campaign_pb2.CampaignKind, number) for number in chosen.kinds]),
    ]
    return ", ".join(f"{what}{' or '.join(entries)}" for what, entries in named if entries) or "all"


def number_of_decisions(exclusion: exclusion_pb2.Exclusion) -> str:
    """Returns how many decisions an exclusion covers, such as `1,204 decisions`."""
    return counted(exclusion.decision_count, "decision")


def exclusion_words(exclusion: exclusion_pb2.Exclusion) -> str:
    """Returns an exclusion in one line: how many decisions, and why."""
    return f"{number_of_decisions(exclusion)} excluded: {exclusion.reason} (exclusion {exclusion.exclusion_id})"
