"""Entries: the eligible campaigns, or pairs of campaign and treatment, of the decisions in a record batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.core.levers import weighted_rewards
from offline_eval.choices.choices import Best, Flags, Integers
from offline_eval.choices.coding import Coder, Codes
from offline_eval.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """One row for each entry of each decision, in the order of the log."""

    decisions: int
    """How many decisions the batch has, with entries or without."""
    decision: Integers
    """Place of the decision in the batch."""
    campaign: Codes
    treatment: Codes
    """Of the empty text for a campaign without."""
    probability: Floats
    predicted: Floats
    """In reward units, the mean over the members of an ensemble; NaN without a model."""
    levers: Floats
    prices: Floats
    """What limits over all customers took from the weighted rewards."""
    is_choice: Flags
    """Whether it is what was chosen."""

    def total(self, values: Floats) -> Floats:
        """Returns the sum over each decision's entries, 0 where there are none."""
        return np.bincount(self.decision, values, minlength=self.decisions).astype(np.float64)

    def best_by(self, values: Floats) -> Best:
        """Returns what is best in each decision by some values of the entries."""
        is_best = values == self._greatest(values)[self.decision]
        share = self.total(np.where(is_best, self.probability, 0.0))
        predicted = np.where(is_best, self.predicted, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            by_chance = self.total(self.probability * predicted) / share
            alike = self.total(predicted) / self.total(is_best.astype(np.float64))
        is_told = self.total(is_best.astype(np.float64)) > 0.0
        return Best(
            probability=np.where(is_told, share, np.nan),
            was_chosen=self.total((is_best & self.is_choice).astype(np.float64)) > 0.0,
            predicted=np.where(share > 0.0, by_chance, alike),
        )

    def weighted(self) -> Floats:
        """Returns the predicted rewards weighted with the levers, less the prices."""
        return weighted_rewards(self.predicted, self.levers, self.prices)

    def _greatest(self, values: Floats) -> Floats:
        greatest = np.full(self.decisions, np.nan)
        if len(values):
            starts = np.flatnonzero(np.diff(self.decision, prepend=-1))
            greatest[self.decision[starts]] = np.maximum.reduceat(values, starts)
        return greatest


def entries_of(batch: pa.RecordBatch, campaigns: Coder, treatments: Coder | None = None) -> Entries:
    """Returns the entries of a batch of the joined table.

    Args:
        batch: Some rows with the columns eligible, treatments, selection_probabilities, predicted_rewards, levers,
            prices, campaign_id and treatment_id.
        campaigns: Numbers the campaigns.
        treatments: Numbers the treatments, by themselves where they need not be known from batch to batch.
    """
    treatments = Coder() if treatments is None else treatments
    sizes = lengths(batch["eligible"])
    decision = np.repeat(np.arange(len(sizes)), sizes)
    campaign = campaigns.code(batch["eligible"].flatten())
    # Nothing chosen is no campaign, and so no family.
    chosen = np.full(len(sizes), -1, dtype=np.int32)
    chosen[np.asarray(batch["campaign_id"].is_valid())] = campaigns.code(batch["campaign_id"].drop_null())
    is_choice = campaign == chosen[decision]
    treatment = np.full(len(decision), treatments.code_of(""), dtype=np.int32)
    has_treatments = lengths(batch["treatments"]) > 0
    treatment[has_treatments[decision]] = treatments.code(batch["treatments"].flatten())
    levers, prices = np.ones(len(decision)), np.zeros(len(decision))
    for values, name in ((levers, "levers"), (prices, "prices")):
        values[(lengths(batch[name]) > 0)[decision]] = numbers(batch[name].flatten())
    return Entries(
        decisions=len(sizes),
        decision=decision,
        campaign=campaign,
        treatment=treatment,
        probability=numbers(batch["selection_probabilities"].flatten()),
        predicted=_predicted(batch["predicted_rewards"], sizes),
        levers=levers,
        prices=prices,
        is_choice=is_choice & (treatment == treatments.code(batch["treatment_id"])[decision]),
    )


def _predicted(vectors: pa.ListArray, sizes: Integers) -> Floats:
    """Returns the mean over the vectors of each decision, entry by entry; NaN where it has none."""
    members = lengths(vectors)
    values = numbers(vectors.flatten().flatten())
    starts = np.cumsum(sizes) - sizes
    counts = members * sizes
    owner = np.repeat(np.arange(len(sizes)), counts)
    within = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = starts[owner] + within % sizes[owner]
    total = np.bincount(place, values, minlength=int(sizes.sum()))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.repeat(members, sizes), dtype=np.float64)


def lengths(lists: pa.ListArray) -> Integers:
    """Returns how many values each list has; a null has none."""
    return np.asarray(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def numbers(values: pa.Array) -> NDArray[np.float64]:
    """Returns numbers, NaN for a null."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
