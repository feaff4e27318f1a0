"""The ranking of a decision: core value to the bytes of protobuf."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from banditsvc.core.decision import Decision
from banditsvc.rpc.wire_bytes import field_tag, text_field, varint
from banditsvc.v1 import decision_pb2 as pb

_RANKING = field_tag(pb.Decision, "ranking")
_CAMPAIGN_ID = field_tag(pb.RankedCampaign, "campaign_id")
_PROBABILITY = field_tag(pb.RankedCampaign, "selection_probability")
_PREDICTED = field_tag(pb.RankedCampaign, "predicted_reward")
_SETS_OF_CAMPAIGNS = 256

_figures = Struct(f"<d{len(_PREDICTED)}sd").pack


def ranking_field(decision: Decision, limit: int | None) -> bytes:
    """Returns the field ranking of a Decision: the chosen campaign first, then by predicted reward and campaign_id.

    It is cut to the first `limit` campaigns.
    """
    predicted = _mean_predicted(decision.predicted_rewards, len(decision.eligible))
    if decision.treatments:
        return pb.Decision(ranking=_ranking_of_pairs(decision, predicted, limit)).SerializeToString()
    eligible, probabilities = decision.eligible, decision.selection_probabilities or (0.0,) * len(decision.eligible)
    # eligible is sorted by campaign_id, and a reverse sort is stable too.
    order = sorted(range(len(eligible)), key=predicted.__getitem__, reverse=True)
    if decision.campaign_id:
        chosen = eligible.index(decision.campaign_id)
        order.remove(chosen)
        order.insert(0, chosen)
    heads = _heads(eligible)
    return b"".join(
        [
            heads[k] + _figures(probabilities[k], _PREDICTED, predicted[k])
            for k in (order if limit is None else order[:limit])
        ]
    )


@lru_cache(maxsize=_SETS_OF_CAMPAIGNS)
def _heads(eligible: tuple[str, ...]) -> list[bytes]:
    """Returns each campaign's entry of the ranking up to its figures."""
    heads = []
    for campaign_id in eligible:
        named = text_field(_CAMPAIGN_ID, campaign_id) + _PROBABILITY
        length = len(named) + len(_figures(0.0, _PREDICTED, 0.0))
        heads.append(_RANKING + varint(length) + named)
    return heads


def _ranking_of_pairs(decision: Decision, predicted: Sequence[float], limit: int | None) -> list[dict[str, Any]]:
    """Returns the same with treatments: their entries put together, the best first within a campaign too."""
    places: dict[str, list[int]] = {}
    for k in sorted(range(len(predicted)), key=predicted.__getitem__, reverse=True):
        places.setdefault(decision.eligible[k], []).append(k)
    order = [decision.campaign_id, *places] if decision.campaign_id else list(places)
    ranked = list(dict.fromkeys(order))
    return [
        _ranked_campaign(decision, campaign_id, places[campaign_id], predicted)
        for campaign_id in (ranked if limit is None else ranked[:limit])
    ]


def _ranked_campaign(
    decision: Decision, campaign_id: str, places: list[int], predicted: Sequence[float]
) -> dict[str, Any]:
    """Returns one campaign; places are those of its entries, the best first."""
    # Added in the order of the entries, as Decision.selection_probability does.
    probability = sum(decision.selection_probabilities[k] for k in sorted(places))
    fields: dict[str, Any] = {
        "campaign_id": campaign_id,
        "selection_probability": probability,
        "predicted_reward": predicted[places[0]],
    }
    if decision.treatments[places[0]]:
        fields["treatments"] = [
            {
                "treatment_id": decision.treatments[k],
                "treatment_probability": decision.selection_probabilities[k] / probability if probability else 0.0,
                "predicted_reward": predicted[k],
            }
            for k in places
        ]
    return fields


def _mean_predicted(members: Sequence[Sequence[float]], count: int) -> Sequence[float]:
    """Returns the mean over the members of an ensemble; zeros where no model was asked."""
    if len(members) == 1:
        return members[0]
    if not members:
        return (0.0,) * count
    return [sum(column) / len(members) for column in zip(*members, strict=True)]
