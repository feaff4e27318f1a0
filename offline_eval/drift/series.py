"""Series: what may change together, a campaign, a family, a segment, a campaign for a segment, or everything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from offline_eval.choices.choices import Integers
from offline_eval.drift.rows import DriftRows, aim_weights, pairs_of
from offline_eval.intervals import Floats


class Kind(StrEnum):
    """What a series is of."""

    EVERYTHING = "everything"
    SEGMENT = "segment"
    FAMILY = "family"
    CAMPAIGN = "campaign"
    CAMPAIGN_SEGMENT = "campaign_segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What may change; a name that does not belong to its kind is empty."""

    kind: Kind
    campaign: str = ""
    family: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Decisions by cell, campaign and segment, and the series that cells make up."""

    cell: Integers
    """Of each decision."""
    day: Integers
    """Of each decision, from 0."""
    days: int
    weight: Floats
    """Of each decision; see aim_weights."""
    campaigns: tuple[str, ...]
    """Of each cell."""
    segments: tuple[str, ...]
    series: tuple[Series, ...]
    member: NDArray[np.bool_]
    """Which cells each series has, shape (series, cells)."""

    def has(self, series: int) -> NDArray[np.bool_]:
        """Returns which decisions a series has."""
        found: NDArray[np.bool_] = self.member[series][self.cell]
        return found


def cells_of(rows: DriftRows, first_day: int) -> Cells:
    """Returns the cells of some rows; series that have the same cells are there once, as the narrowest but for segments.

    Args:
        rows: Some decisions.
        first_day: What is day 0.
    """
    segments = len(rows.segment.names)
    pair = rows.campaign.codes.astype(np.int64) * segments + rows.segment.codes
    known, first, cell = np.unique(pair, return_index=True, return_inverse=True)
    campaigns = tuple([rows.campaign.names[one] for one in (known // segments).tolist()])
    kinds = tuple([rows.segment.names[one] for one in (known % segments).tolist()])
    families = tuple([rows.family.names[one] for one in rows.family.codes[first].tolist()])
    day = rows.day - first_day
    series, member = _series(campaigns, families, kinds)
    return Cells(
        cell=cell,
        day=day,
        days=int(day.max()) + 1,
        weight=aim_weights(pairs_of(cell, day), rows.probability),
        campaigns=campaigns,
        segments=kinds,
        series=series,
        member=member,
    )


def _series(
    campaigns: tuple[str, ...], families: tuple[str, ...], segments: tuple[str, ...]
) -> tuple[tuple[Series, ...], NDArray[np.bool_]]:
    wanted = [
        *[
            (Series(kind=Kind.CAMPAIGN, campaign=one), [name == one for name in campaigns])
            for one in sorted({*campaigns})
        ],
        (Series(kind=Kind.EVERYTHING), [True] * len(campaigns)),
        *[(Series(kind=Kind.FAMILY, family=one), [name == one for name in families]) for one in sorted({*families})],
        *[(Series(kind=Kind.SEGMENT, segment=one), [name == one for name in segments]) for one in sorted({*segments})],
        *[
            (
                Series(kind=Kind.CAMPAIGN_SEGMENT, campaign=campaign, segment=segment),
                [one == place for one in range(len(campaigns))],
            )
            for place, (campaign, segment) in enumerate(zip(campaigns, segments, strict=True))
        ],
    ]
    found: dict[tuple[bool, ...], Series] = {}
    for one, cells in wanted:
        found.setdefault(tuple(cells), one)
    return tuple(found.values()), np.array(list(found), dtype=np.bool_).reshape(len(found), len(campaigns))
