"""vw-next's `learn_one` on ready-made examples, for benchmarks/learn.py: the shared one and one for each campaign.

They are those of few decisions, again and again, so that all of them stay in the processor's cache: making examples, or
fetching those of ever new decisions from memory, takes longer than learning.
"""

from __future__ import annotations

import json
import sys
import time

from vowpal_wabbit_next import CBLabel, Example, Workspace

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec, TrainSpec
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_context import read_context
from banditsvc.trainer import workspace_arguments
from benchmarks.decisions import campaign_fields
from benchmarks.learn_log import ANSWERED, DECISIONS, requests

_READY = 16
"""Decisions whose examples are made."""


def _campaign(number: int) -> Campaign:
    fields = campaign_fields(number)
    return Campaign(**{**fields, "type": CampaignType[fields["type"]], "kind": CampaignKind[fields["kind"]]})


def _ready_made(campaigns: int) -> list[list[Example]]:
    encoder, made = Encoder(EncoderSpec()), []
    for number, request in enumerate(requests(0, _READY, campaigns)):
        shared = Example()
        shared.set_label(CBLabel(shared=True))
        context = encoder.context(read_context(request.context, Faults()))
        for hash_, value in zip(context.hashes, context.values, strict=True):
            shared["C"].push_feature(hash_, value)
        actions = []
        for place in range(campaigns):
            action, encoded = Example(), encoder.campaign(_campaign(place))
            for hash_, value in zip(encoded.hashes, encoded.values, strict=True):
                action["A"].push_feature(hash_, value)
            cost = -1.0 if number % ANSWERED == 0 else 0.0
            is_chosen = place == 7 * number % campaigns
            action.set_label(CBLabel(label=(cost, 1.0 / campaigns)) if is_chosen else CBLabel())
            actions.append(action)
        made.append([shared, *actions])
    return made


def main() -> None:
    """Prints the decisions learned and the processor's seconds that they took."""
    workspace = Workspace(workspace_arguments(TrainSpec()))
    ready = _ready_made(int(sys.argv[1]))
    rounds = DECISIONS // len(ready)
    started = time.process_time()
    for _ in range(rounds):
        for examples in ready:
            workspace.learn_one(examples)
    seconds = time.process_time() - started
    sys.stdout.write(json.dumps({"learned": rounds * len(ready), "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
