"""Campaign selectors: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.campaign import CampaignKind, CampaignType
from banditsvc.core.contact_policy import CampaignSelector
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_labels import read_labels, read_members
from banditsvc.rpc.wire_number import members_of
from banditsvc.v1 import contact_policy_pb2 as pb

MOST_IDS = 500
MOST_LABELS = 100

_TYPES = members_of(CampaignType)
_KINDS = members_of(CampaignKind)


def read_selector(message: pb.CampaignSelector, path: str, faults: Faults) -> CampaignSelector:
    """Returns which campaigns are meant; an empty selector means all."""
    return CampaignSelector(
        campaign_ids=read_labels(message.campaign_ids, MOST_IDS, f"{path}.campaign_ids", faults),
        families=read_labels(message.families, MOST_LABELS, f"{path}.families", faults),
        categories=read_labels(message.categories, MOST_LABELS, f"{path}.categories", faults),
        channels=read_labels(message.channels, MOST_LABELS, f"{path}.channels", faults),
        types=tuple(map(int, read_members(_TYPES, message.types, f"{path}.types", faults))),
        kinds=tuple(map(int, read_members(_KINDS, message.kinds, f"{path}.kinds", faults))),
    )


def write_selector(selector: CampaignSelector) -> pb.CampaignSelector | None:
    """Returns a selector as a message, None for all campaigns."""
    if selector == CampaignSelector():
        return None
    message = pb.CampaignSelector(
        campaign_ids=selector.campaign_ids,
        families=selector.families,
        categories=selector.categories,
        channels=selector.channels,
    )
    message.types.extend(selector.types)  # type: ignore[arg-type]  # numbers are taken at run time
    message.kinds.extend(selector.kinds)  # type: ignore[arg-type]
    return message
