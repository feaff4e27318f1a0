"""Whether a portfolio serves an older model than its newest."""

from __future__ import annotations

import time
from collections.abc import Sequence

from banditsvc.client import Client
from banditsvc.v1 import model_pb2

LOOK_AGAIN_SECONDS = 1.0
"""How long a service may take to serve a model that has just been published."""


def newest_model(models: Sequence[model_pb2.Model]) -> model_pb2.Model | None:
    """Returns the model of the newest lineage that has learned most, if there is any."""
    return max(models, key=lambda model: lineage_and_count(model.model_version), default=None)


def lineage_and_count(model_version: str) -> tuple[int, int]:
    """Returns lineage and learned count, which a model_version is made of."""
    lineage, _, count = model_version.partition(".")
    return (int(lineage), int(count)) if lineage.isdecimal() and count.isdecimal() else (0, 0)


def held_model(client: Client, portfolio: str) -> str | None:
    """Returns the model that is served although a newer one has been published for a while, if it is so.

    The API does not tell of a roll-back itself. A roll-back to the newest model shows once there is a newer one.
    """
    newest, served = newest_model(client.list_models(portfolio)), client.get_model(portfolio).model_version
    if newest is None or newest.model_version == served:
        return None
    time.sleep(LOOK_AGAIN_SECONDS)
    return served if client.get_model(portfolio).model_version == served else None
