"""What a world is fitted to: rows of who got what and what came of it, the same for trials, logs and histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT


@dataclass(frozen=True, slots=True, eq=False)
class PartColumn:
    """One part of the context as values of a world: `segment`, or `features.NAME`; every row has one of them."""

    codes: NDArray[np.int64]
    """Place of the row's value among the names."""
    names: tuple[str, ...]

    def take(self, places: NDArray[np.intp]) -> PartColumn:
        """Returns some rows, in that order."""
        return PartColumn(self.codes[places], self.names)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Returns the share of each value."""
        counts = np.bincount(self.codes, minlength=len(self.names))
        return np.asarray(counts / max(len(self.codes), 1), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCampaign:
    """One arm, with what the file says of the campaign."""

    campaign_id: str
    category: str = ""
    offer_kind: str = ""
    family: str = ""
    cost: float = 0.0
    fixed_priority: int | None = None

    @property
    def sends_nothing(self) -> bool:
        """Returns whether it is the arm without contact."""
        return self.campaign_id == NO_CONTACT


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitRows:
    """Rows of data; all arrays run beside each other."""

    campaigns: tuple[FitCampaign, ...]
    arms: NDArray[np.int64]
    """Place of the row's campaign."""
    parts: Mapping[str, PartColumn]
    """By the name that odds have for it."""
    responses: NDArray[np.bool_]
    """Whether a reward came within the window."""
    amounts: NDArray[np.float64] | None = None
    """Money that came within the window, 0 without a response; None where responses alone are known."""
    delays: NDArray[np.float64] | None = None
    """Days from the contact to the response, NaN where there is none or it is not known."""
    days: NDArray[np.int64] | None = None
    """Day of each row, from any first one; None: the data have no times."""
    greatest: float = 1.0
    """Rewards are clipped to it."""
    window_days: int = 7
    currency: str = "EUR"
    caveats: tuple[str, ...] = field(default=())
    """What whoever reads the fit must know of the data, a sentence each."""

    def __post_init__(self) -> None:
        lengths = {len(self.arms), len(self.responses), *(len(column.codes) for column in self.parts.values())}
        lengths |= {len(one) for one in (self.amounts, self.delays, self.days) if one is not None}
        assert len(lengths) == 1, "all columns have a value for each row"

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.arms)

    @property
    def campaign_ids(self) -> tuple[str, ...]:
        """Returns the ids of the arms."""
        return tuple(campaign.campaign_id for campaign in self.campaigns)

    @property
    def rewards(self) -> NDArray[np.float64]:
        """Returns what each row brought, unclipped: money where it is known, else 1 for a response."""
        return self.responses.astype(np.float64) if self.amounts is None else self.amounts

    def take(self, places: NDArray[np.intp]) -> Self:
        """Returns some rows, in that order."""
        return replace(
            self,
            arms=self.arms[places],
            parts={name: column.take(places) for name, column in self.parts.items()},
            responses=self.responses[places],
            amounts=None if self.amounts is None else self.amounts[places],
            delays=None if self.delays is None else self.delays[places],
            days=None if self.days is None else self.days[places],
        )

    def split(self, share: float, seed: int) -> tuple[Self, Self]:
        """Returns a random part with that share of the rows, and the rest; the same for the same seed."""
        order = np.random.default_rng(seed).permutation(len(self))
        cut = round(share * len(self))
        return self.take(np.sort(order[:cut])), self.take(np.sort(order[cut:]))

    def per_arm(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the sum of some values over the rows of each arm."""
        return np.asarray(np.bincount(self.arms, weights=values, minlength=len(self.campaigns)), dtype=np.float64)

    @property
    def arm_rows(self) -> NDArray[np.int64]:
        """Returns the number of rows of each arm."""
        return np.bincount(self.arms, minlength=len(self.campaigns))
