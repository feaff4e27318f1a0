"""Reads choices from the joined table of the log, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.log_schema import JOINED
from offline_eval.choices.choices import UNKNOWN, Best, Choices, Losses, Offers
from offline_eval.choices.coding import Coded, Coder, Codes
from offline_eval.choices.entries import Entries, entries_of
from offline_eval.intervals import Floats

_Part = dict[str, NDArray[Any]]
_TEXTS = {
    "segment": UNKNOWN,
    "lifecycle_stage": UNKNOWN,
    "result": "",
    "decided_by": "",
    "group": "",
    "force_reason": "",
}
"""Columns of texts, each with what stands for a null."""
COLUMNS = (
    "record_time",
    "customer_id",
    *_TEXTS,
    "is_test",
    "probability_known",
    "inline_campaigns",
    "campaign_id",
    "treatment_id",
    "eligible",
    "treatments",
    "selection_probabilities",
    "predicted_rewards",
    "levers",
    "prices",
    "explored",
    "rejections",
    "due_time",
    "window_start",
    "is_mature",
    "reward",
    "exclusion_id",
)
"""Columns of the joined table that are read."""


def read_choices(
    batches: Iterable[pa.RecordBatch],
    families: Mapping[str, str],
    *,
    customer_of: Callable[[str], str] = str,
) -> Choices:
    """Returns the choices of the decisions in some batches of the joined table.

    Tests, decisions that an exclusion covers, and history of unknown probability are counted and left out.

    Args:
        batches: Rows of banditsvc.log_schema.JOINED with at least COLUMNS, in log order.
        families: Family by campaign_id, from the catalogue; a campaign that is not in it has the family with which it
            came in the request, and else is one of its own.
        customer_of: The customer that an id stands for, where ids were merged.
    """
    reader = _Reader(families, customer_of)
    for batch in batches:
        reader.add(batch)
    return reader.choices()


class _Reader:
    """Numbers what it sees, so that the parts of all batches fit together."""

    def __init__(self, families: Mapping[str, str], customer_of: Callable[[str], str]) -> None:
        self._family_of = {campaign_id: family or campaign_id for campaign_id, family in families.items()}
        self._customer_of = customer_of
        self._texts = {name: Coder() for name in _TEXTS}
        self._campaigns, self._families, self._customers, self._rules = Coder(), Coder(), Coder(), Coder()
        self._parts: list[_Part] = []
        self._decisions = 0
        self._tests = 0
        self._unknown = 0
        self._excluded = 0
        self.add(pa.RecordBatch.from_pylist([], schema=JOINED))  # columns are there for a log without decisions too

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes in a batch."""
        real = batch.filter(pc.invert(batch["is_test"]))
        counted = real.filter(pc.is_null(real["exclusion_id"]))
        kept = counted.filter(counted["probability_known"])
        self._tests += batch.num_rows - real.num_rows
        self._excluded += real.num_rows - counted.num_rows
        self._unknown += counted.num_rows - kept.num_rows
        self._add_inline(kept)
        entries = entries_of(kept, self._campaigns)
        family = np.fromiter(
            (self._families.code_of(self._family_of.get(one, one)) for one in self._campaigns.names), dtype=np.int32
        )[entries.campaign]
        self._parts.append(
            {
                **self._of_decisions(kept),
                **_of_families(entries, family),
                **_of_model(entries, kept),
                **self._of_offers(entries, family),
                **self._of_losses(kept),
            }
        )
        self._decisions += kept.num_rows

    def choices(self) -> Choices:
        """Returns what was taken in."""
        names = list(self._parts[0])
        columns: dict[str, Any] = {name: np.concatenate([part.pop(name) for part in self._parts]) for name in names}
        texts: dict[str, Any] = {name: Coded(columns.pop(name), coder.names) for name, coder in self._texts.items()}
        rule = Coded(columns.pop("losses.rule"), self._rules.names)
        return Choices(
            families=self._families.names,
            campaign=Coded(columns.pop("campaign"), self._campaigns.names),
            offers=Offers(**_taken(columns, "offers")),
            losses=Losses(rule=rule, **_taken(columns, "losses")),
            best=Best(**_taken(columns, "best")),
            best_unlevered=Best(**_taken(columns, "best_unlevered")),
            tests=self._tests,
            unknown_probability=self._unknown,
            excluded=self._excluded,
            **texts,
            **columns,
        )

    def _add_inline(self, batch: pa.RecordBatch) -> None:
        inline = batch["inline_campaigns"].flatten()
        for campaign_id, family in zip(
            inline.field("campaign_id").to_pylist(), inline.field("family").to_pylist(), strict=True
        ):
            self._family_of.setdefault(campaign_id, family or campaign_id)

    def _of_decisions(self, batch: pa.RecordBatch) -> _Part:
        reward = _column(batch["reward"]).astype(np.float64)
        texts = {name: coder.code(batch[name], _TEXTS[name]) for name, coder in self._texts.items()}
        return {
            **texts,
            "record_time_us": _times(batch["record_time"]),
            "start_time_us": _times(batch["window_start"]),
            "due_time_us": _times(batch["due_time"]),
            "customer": self._customers.code(batch["customer_id"], stands_for=self._customer_of),
            "explored": _column(batch["explored"]).astype(np.bool_),
            "has_window": _column(batch["window_start"].is_valid()),
            "is_mature": _column(batch["is_mature"]).astype(np.bool_) & np.isfinite(reward),
            "reward": reward,
        }

    def _of_offers(self, entries: Entries, family: Codes) -> _Part:
        count = max(len(self._families.names), 1)
        pairs, place = np.unique(entries.decision * count + family, return_inverse=True)

        def total(values: Floats) -> Floats:
            return np.bincount(place, values, minlength=len(pairs)).astype(np.float64)

        share, entry_count = total(entries.probability), total(np.ones(len(place)))
        with np.errstate(invalid="ignore", divide="ignore"):
            by_chance = total(entries.probability * entries.predicted) / share
            alike = total(entries.predicted) / entry_count
        return {
            "offers.decision": pairs // count + self._decisions,
            "offers.family": (pairs % count).astype(np.int32),
            "offers.probability": share,
            "offers.predicted": np.where(share > 0.0, by_chance, alike),
        }

    def _of_losses(self, batch: pa.RecordBatch) -> _Part:
        sizes = np.asarray(batch["rejections"].value_lengths(), dtype=np.int64)
        rejections = batch["rejections"].flatten()
        # NO_CONTACT drops out where the others did: no rule is about it.
        counts = _column(pc.not_equal(rejections.field("campaign_id"), NO_CONTACT)).astype(np.bool_)
        rule = self._rules.code(pc.binary_join_element_wise(rejections.field("stage"), rejections.field("rule"), " "))
        decision = np.repeat(np.arange(len(sizes)), sizes)
        count = max(len(self._rules.names), 1)
        pairs = np.unique((decision * count + rule)[counts])
        return {
            "losses.decision": pairs // count + self._decisions,
            "losses.rule": (pairs % count).astype(np.int32),
        }


def _of_families(entries: Entries, family: Codes) -> _Part:
    """Returns family and campaign of what was chosen in each decision, and their probabilities."""
    choices = entries.decision[entries.is_choice]
    predicted = np.full(entries.decisions, np.nan)
    predicted[choices] = entries.predicted[entries.is_choice]
    found: _Part = {"campaign_predicted": predicted}
    for name, codes in (("family", family), ("campaign", entries.campaign)):
        chosen = np.full(entries.decisions, -1, dtype=np.int32)
        chosen[choices] = codes[entries.is_choice]
        share = entries.total(np.where(codes == chosen[entries.decision], entries.probability, 0.0))
        found |= {name: chosen, f"{name}_probability": np.where(chosen >= 0, share, np.nan)}
    return found


def _of_model(entries: Entries, batch: pa.RecordBatch) -> _Part:
    best, unlevered = entries.best_by(entries.weighted()), entries.best_by(entries.predicted - entries.prices)
    has_entries = np.asarray(batch["eligible"].value_lengths(), dtype=np.int64) > 0
    expected = entries.total(entries.probability * entries.predicted)
    return {
        "expected_predicted": np.where(has_entries, expected, np.nan),
        "has_levers": np.asarray(batch["levers"].value_lengths(), dtype=np.int64) > 0,
        **{f"best.{name}": getattr(best, name) for name in ("probability", "was_chosen", "predicted")},
        **{f"best_unlevered.{name}": getattr(unlevered, name) for name in ("probability", "was_chosen", "predicted")},
    }


def _taken(columns: dict[str, Any], owner: str) -> dict[str, Any]:
    """Takes the columns of a part out of all columns."""
    return {name.partition(".")[2]: columns.pop(name) for name in list(columns) if name.startswith(f"{owner}.")}


def _column(values: pa.Array) -> NDArray[Any]:
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _times(times: pa.Array) -> NDArray[np.int64]:
    return np.asarray(times.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
