"""Whether the groups have the shares of the customers that they were to get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, logsumexp

from offline_eval.intervals import Floats

CONCENTRATIONS = (1e2, 1e3, 1e4, 1e5)
"""Of Dirichlet distributions around the declared shares, each as likely: shares that are wrong by some percentage
points, down to some hundredths of one. The level holds whatever they are; they decide which faults are found soonest,
and with several of them great and small ones are found within a tenth of the best number of customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """Outcome of the check; it may be repeated at every reading."""

    counts: Mapping[str, int]
    expected: Mapping[str, float]
    """Customers that each group would have by its share."""
    p_value: float
    """Anytime-valid: at most the level in at most that share of all checks that are read for ever."""
    level: float

    @property
    def passed(self) -> bool:
        """Returns whether the counts are compatible with the shares."""
        return self.p_value > self.level

    @property
    def text(self) -> str:
        """Returns the finding in a sentence."""
        if self.passed:
            return f"the groups have the shares they were to get (p = {self.p_value:.3g})"
        found = ", ".join(f"{group} {n:,} of {self.expected[group]:,.0f}" for group, n in self.counts.items())
        return f"the groups have not the shares they were to get: {found} (p = {self.p_value:.3g})"


def sample_ratio(groups: pd.Series, times: pd.Series, shares: Mapping[str, float], level: float) -> SampleRatio:
    """Returns the check of customers in the order of time; those of one time count as having come together.

    Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022): the shares are mixed over
    Dirichlet distributions around the declared ones; the mixture's likelihood over that of the declared shares is an
    e-process, and one over its greatest value so far a p-value that holds at all times together.
    """
    share = np.asarray(list(shares.values())) / sum(shares.values())
    codes = pd.Index(list(shares)).get_indexer(pd.Index(groups.astype(object)))
    ends = np.flatnonzero(np.diff(times.to_numpy(), append=np.inf) != 0) if len(times) else np.zeros(0, dtype=np.intp)
    counts = np.stack([np.cumsum(codes == place)[ends] for place in range(share.size)], axis=-1).astype(np.float64)
    greatest = max(0.0, float(_log_evidence(counts, share).max(initial=0.0)))
    total = counts[-1] if len(counts) else np.zeros(share.size)
    return SampleRatio(
        counts={group: int(total[place]) for place, group in enumerate(shares)},
        expected={group: float(total.sum() * share[place]) for place, group in enumerate(shares)},
        p_value=float(np.exp(-greatest)),
        level=level,
    )


def _log_evidence(counts: Floats, share: Floats) -> Floats:
    total = counts.sum(axis=-1)
    parts = []
    for concentration in CONCENTRATIONS:
        prior = concentration * share
        mixed = gammaln(concentration) - gammaln(concentration + total)
        parts.append(mixed + (gammaln(prior + counts) - gammaln(prior) - counts * np.log(share)).sum(axis=-1))
    return np.asarray(logsumexp(parts, axis=0) - np.log(len(CONCENTRATIONS)))
