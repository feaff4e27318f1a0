"""Replay: a lineage's model computed again from the log alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.errors import NotFound
from banditsvc.learner.catalogues import Catalogues
from banditsvc.learner.course import Course
from banditsvc.ports import DecisionLog, Lineage, RunningSums
from banditsvc.settling import SettleLimit


def replay(
    log: DecisionLog, lineage: Lineage, through_position: int, early_through: tuple[int, ...] = ()
) -> tuple[NDArray[np.float32], RunningSums]:
    """Returns weights and sums after the decisions up to a position, each settled as the lineage settled it.

    With checkpoints, early_through says up to where decisions have come to each of them (EarlySums.positions).

    They equal those of the live model bit for bit, lateness included.

    Raises:
        NotFound: The log does not know the lineage's portfolio.
    """
    catalogue = Catalogues(log).get(lineage.portfolio_id)
    if catalogue is None:
        raise NotFound("portfolio", lineage.portfolio_id)
    course = Course(log, catalogue, lineage, None)
    watermark_us = log.watermark().time_us
    started_at: tuple[int, ...] | None = None
    while started_at != course.positions:
        started_at = course.positions
        limit = course.limit(watermark_us)
        end = through_position if limit.through_position is None else min(limit.through_position, through_position)
        course.advance(SettleLimit(limit.limit_us, limit.as_of, end), early_through=early_through)
    return course.weights(), course.sums
