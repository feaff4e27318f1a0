"""Campaigns: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.campaign import (
    GREATEST_LEVER,
    LEAST_LEVER,
    NO_CONTACT,
    Campaign,
    CampaignKind,
    CampaignState,
    CampaignType,
)
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_features import read_features, write_features
from banditsvc.rpc.wire_labels import read_labels, read_message_fields
from banditsvc.rpc.wire_number import MOST_AMOUNT, choose_enum, enum_number, members_of, read_enum, read_number
from banditsvc.rpc.wire_rules import read_rules, write_rules
from banditsvc.rpc.wire_text import read_id, read_label
from banditsvc.rpc.wire_time import read_validity, write_time
from banditsvc.rpc.wire_treatment import MOST_FEATURES, read_pins, read_treatments, write_pins, write_treatments
from banditsvc.v1 import campaign_pb2 as pb

MOST_PLACEMENTS = 100
MOST_PRIORITY = 1_000_000

_TYPES = members_of(CampaignType)
_KINDS = members_of(CampaignKind)
_STATES = members_of(CampaignState)


def read_campaign(message: pb.Campaign, path: str, faults: Faults) -> Campaign:
    """Returns a campaign of a catalogue or of a candidate; faults name fields below the path.

    learned_as is left out of account: the service sets it when it stores the campaign.
    """
    start_time_us, end_time_us = read_validity(message, path, faults)
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
        fixed_priority=_read_priority(message, f"{path}.fixed_priority", faults),
        start_time_us=start_time_us,
        end_time_us=end_time_us,
        state=choose_enum(_STATES, message.state, CampaignState.LIVE, f"{path}.state", faults),
        treatments=read_treatments(message.treatments, f"{path}.treatments", faults),
        cost=read_number(message.cost, 0.0, MOST_AMOUNT, f"{path}.cost", faults),
        value=read_number(message.value, 0.0, MOST_AMOUNT, f"{path}.value", faults),
        lever=_read_lever(message, f"{path}.lever", faults),
        message_fields=read_message_fields(message.message_fields, f"{path}.message_fields", faults),
        purpose=read_label(message.purpose, f"{path}.purpose", faults),
        placements=read_labels(message.placements, MOST_PLACEMENTS, f"{path}.placements", faults),
        rules=read_rules(message.rules, f"{path}.rules", faults),
        pins=read_pins(message.pins, f"{path}.pins", faults),
        renamed_from=_read_former_id(message, f"{path}.renamed_from", faults),
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
        treatments=write_treatments(campaign.treatments),
        cost=campaign.cost,
        value=campaign.value,
        lever=campaign.lever,
        message_fields=campaign.message_fields,
        purpose=campaign.purpose,
        placements=campaign.placements,
        rules=write_rules(campaign.rules),
        pins=write_pins(campaign.pins),
        renamed_from=campaign.renamed_from,
        learned_as=campaign.learned_as,
    )


def _read_priority(message: pb.Campaign, path: str, faults: Faults) -> int | None:
    return (
        read_number(message.fixed_priority, 1, MOST_PRIORITY, path, faults)
        if message.HasField("fixed_priority")
        else None
    )


def _read_lever(message: pb.Campaign, path: str, faults: Faults) -> float:
    return read_number(message.lever, LEAST_LEVER, GREATEST_LEVER, path, faults) if message.HasField("lever") else 1.0


def _read_former_id(message: pb.Campaign, path: str, faults: Faults) -> str:
    if message.renamed_from and message.renamed_from in (message.campaign_id, NO_CONTACT):
        faults.add(path, "must name another campaign than this one")
    return read_label(message.renamed_from, path, faults)


def _read_campaign_id(campaign_id: str, path: str, faults: Faults) -> str:
    if campaign_id == NO_CONTACT:
        faults.add(path, f"must not be {NO_CONTACT}, which stands for sending nothing")
    return read_id(campaign_id, path, faults)
