"""Campaigns: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignKind, CampaignState, CampaignType
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_features import read_features, write_features
from banditsvc.rpc.wire_number import choose_enum, enum_number, members_of, read_enum, read_number
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.rpc.wire_time import read_time, write_time
from banditsvc.v1 import campaign_pb2 as pb

MOST_FEATURES = 64
MOST_PRIORITY = 1_000_000

_TYPES = members_of(CampaignType)
_KINDS = members_of(CampaignKind)
_STATES = members_of(CampaignState)


def read_campaign(message: pb.Campaign, path: str, faults: Faults) -> Campaign:
    """Returns a campaign of a catalogue or of a candidate; faults name fields below the path."""
    priority = message.fixed_priority if message.HasField("fixed_priority") else None
    if priority is not None:
        read_number(priority, 1, MOST_PRIORITY, f"{path}.fixed_priority", faults)
    start_time_us, end_time_us = _read_validity(message, path, faults)
    return Campaign(
        campaign_id=_read_campaign_id(message.campaign_id, f"{path}.campaign_id", faults),
        display_name=read_label(message.display_name, f"{path}.display_name", faults, 256),
        type=read_enum(_TYPES, message.type, f"{path}.type", faults),
        kind=read_enum(_KINDS, message.kind, f"{path}.kind", faults),
        category=read_label(message.category, f"{path}.category", faults),
        channel=read_label(message.channel, f"{path}.channel", faults),
        offer_kind=read_label(message.offer_kind, f"{path}.offer_kind", faults),
        family=read_label(message.family, f"{path}.family", faults),
        features=read_features(message.features, MOST_FEATURES, f"{path}.features", faults),
        fixed_priority=priority,
        start_time_us=start_time_us,
        end_time_us=end_time_us,
        state=choose_enum(_STATES, message.state, CampaignState.LIVE, f"{path}.state", faults),
    )


def write_campaign(campaign: Campaign) -> pb.Campaign:
    """Returns a campaign as a message."""
    start_time_us, end_time_us = campaign.start_time_us, campaign.end_time_us
    return pb.Campaign(
        campaign_id=campaign.campaign_id,
        display_name=campaign.display_name,
        type=enum_number(campaign.type),
        kind=enum_number(campaign.kind),
        category=campaign.category,
        channel=campaign.channel,
        offer_kind=campaign.offer_kind,
        family=campaign.family,
        features=write_features(campaign.features),
        fixed_priority=campaign.fixed_priority,
        start_time=None if start_time_us is None else write_time(start_time_us),
        end_time=None if end_time_us is None else write_time(end_time_us),
        state=enum_number(campaign.state),
    )


def _read_campaign_id(campaign_id: str, path: str, faults: Faults) -> str:
    if campaign_id == NO_CONTACT:
        faults.add(path, f"must not be {NO_CONTACT}, which stands for sending nothing")
    return read_id(campaign_id, path, faults)


def _read_validity(message: pb.Campaign, path: str, faults: Faults) -> tuple[int | None, int | None]:
    noted = len(faults.violations)
    start = read_time(message.start_time, f"{path}.start_time", faults) if message.HasField("start_time") else None
    end = read_time(message.end_time, f"{path}.end_time", faults) if message.HasField("end_time") else None
    if len(faults.violations) == noted and start is not None and end is not None and end <= start:
        faults.add(f"{path}.end_time", "must be after start_time")
    return start, end
