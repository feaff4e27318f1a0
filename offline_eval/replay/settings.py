"""How a log is replayed."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.choices.coding import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """How a log is replayed; what it knows of the log that the rows do not say.

    Raises:
        ValueError: A field is out of range, or two rules of acceptance are asked for at once.
    """

    seeds: int = 5
    """Times that the log is replayed, each with other draws of what is accepted."""
    first_seed: int = 1
    batch_rows: int = 100
    """Rows of the log between two times of learning."""
    lag_batches: int = 0
    """So many batches later are they learned, as rewards come late."""
    least_probability: float | None = None
    """Least probability with which anything eligible was chosen, as floor and eligible sets tell; None: the least in
    the log of what was chosen."""
    greatest_target: float = 1.0
    """Greatest probability that the policy ever gives, such as 1 less the floor's share of all others."""
    quantile: float = 0.0
    """Share of rows whose logged probability may be below the one that acceptance goes by: more rows are learned from,
    at the price of a bias, which is reported. 0: none."""
    matching: bool = False
    """Whether to accept what the policy would have chosen too (Li et al. 2011): only where the log is uniform."""
    reward_range: tuple[float, float] | None = None
    """Least and greatest reward that there can be; None: not known, so the values have no interval."""
    customer: Codes | None = None
    """Whose decisions they are; None where each is its own."""

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.seeds < 1 or self.batch_rows < 1 or self.lag_batches < 0:
            raise ValueError("seeds and batch_rows must be at least 1, and lag_batches at least 0")
        if not 0.0 <= self.quantile < 1.0 or not 0.0 < self.greatest_target <= 1.0:
            raise ValueError("quantile must be in [0, 1) and greatest_target in (0, 1]")
        if self.least_probability is not None and not 0.0 < self.least_probability <= 1.0:
            raise ValueError(f"least_probability is {self.least_probability}: it must be in (0, 1]")
        if self.matching and self.quantile:
            raise ValueError("matching goes without a quantile: it is for uniform logs, which need none")
