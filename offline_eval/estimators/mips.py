"""MIPS: IPS with the weights of families instead of campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from offline_eval.estimators.ips import Ips


@dataclass(frozen=True, slots=True)
class Mips(Ips):
    """The mean of w r, on a sample whose weights are those of what the choice belongs to (see `embedded_sample`; Saito and
    Joachims, "Off-Policy Evaluation for Large Action Spaces via Embeddings", ICML 2022).
    """

    kind = "MIPS"
    promise = "unbiased only where campaigns of a family bring the same"
