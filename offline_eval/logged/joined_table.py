"""Reads the joined table of this service, from its log or from its Parquet export, batch by batch.

Which decisions are evaluated, by rule: those of the policy, of the groups and phases that draw at random, and of history
with known probabilities, if they are sent and mature. Left out and counted are tests, excluded and held-out decisions, those
with nothing eligible, those by force, fallback, guardrail or business as usual, which no draw decided, and history of
unknown probability: all fixed before the choice. So is what was never sent, and what is not mature yet.

The probability of a decision is selection_probability of the pair of campaign and treatment, given whoever decided: right
row by row, whichever other rows are looked at. With `pooled` it is the mixture over all groups that send: its weights are
smaller and the rows of business as usual count too, but it is right only where the rows of all groups are there. It is
refused where a fallback or a guardrail took decisions from a group.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates
from offline_eval.choices import EVALUATED_DECIDERS, UNKNOWN, Coded, Coder
from offline_eval.choices.entries import Entries as BatchEntries
from offline_eval.choices.entries import entries_of, lengths, numbers
from offline_eval.intervals import Floats
from offline_eval.logged import left_out as kinds
from offline_eval.logged.catalogue_order import CatalogueOrder
from offline_eval.logged.context_features import FEATURE_COLUMNS, context_features
from offline_eval.logged.entry_faults import SERVICE_TOLERANCE, without_faults
from offline_eval.logged.left_out import LeftOut
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Entries, Flags, Integers, Logged, starts_of
from offline_eval.logged.seen_ids import SeenIds

LABELS = {"segment": UNKNOWN, "lifecycle_stage": UNKNOWN, "decided_by": "", "group": ""}
"""Labels that every decision of the service has, each with what stands for a null."""
CONTEXT_COLUMNS = (
    *FEATURE_COLUMNS,
    "segment",
    "lifecycle_stage",
    "favourites",
    "number_features",
    "text_features",
    "flag_features",
    "list_features",
    "time_zone",
    "customer_id",
    "send_time",
    "channel",
    "placement",
    "occasion",
)
"""Columns of a request, for what depends on the whole of it."""
_COLUMNS = (
    "decision_id",
    "record_time",
    "customer_id",
    *LABELS,
    *FEATURE_COLUMNS,
    "is_test",
    "exclusion_id",
    "result",
    "probability_known",
    "inline_campaigns",
    "campaign_id",
    "treatment_id",
    "eligible",
    "treatments",
    "selection_probabilities",
    "predicted_rewards",
    "predicted_deviations",
    "levers",
    "prices",
    "learned_count",
    "learned_reward_mean",
    "learned_reward_deviation",
    "catalogue_version",
    "window_start",
    "is_mature",
    "reward",
)
_BY_RULE = {
    kinds.FORCED: "FORCED",
    kinds.FALLBACK: "FALLBACK",
    kinds.GUARDRAIL: "GUARDRAIL",
    kinds.AS_USUAL: "BUSINESS_AS_USUAL",
}


def joined_columns(*, with_contexts: bool = False, pooled: bool = False, labels: Sequence[str] = ()) -> tuple[str, ...]:
    """Returns the columns of the joined table that are read."""
    further = [*(CONTEXT_COLUMNS if with_contexts else ()), *(["mixture_probabilities"] if pooled else []), *labels]
    return tuple(dict.fromkeys([*_COLUMNS, *further]))


class JoinedReader:
    """Makes parts of a log of the batches of its joined table; texts are numbered alike in all of them."""

    def __init__(
        self,
        *,
        catalogue: CatalogueOrder | None = None,
        reward_range: tuple[float, float] = (-math.inf, math.inf),
        labels: Sequence[str] = (),
        with_contexts: bool = False,
        pooled: bool = False,
        customer_of: Callable[[str], str] = str,
        ids_are_unique: bool = False,
    ) -> None:
        """Starts with nothing read.

        Args:
            catalogue: The catalogue, for the fixed order and families; without it neither is told.
            reward_range: Least and greatest reward.
            labels: Further text columns to divide by, such as channel.
            with_contexts: Whether to keep the whole requests.
            pooled: Whether a decision's probability is the mixture over all groups.
            customer_of: The customer that an id stands for, where ids were merged.
            ids_are_unique: True for a log of the service itself, in which no decision is twice.
        """
        self.left_out = LeftOut()
        self._catalogue, self._reward_range, self._pooled = catalogue, reward_range, pooled
        self._with_contexts, self._customer_of = with_contexts, customer_of
        self._label_texts = LABELS | dict.fromkeys(labels, "")
        self._labels = {name: Coder() for name in self._label_texts}
        self._campaigns, self._treatments, self._customers, self._families = Coder(), Coder(), Coder(), Coder()
        self._treatments.code_of("")
        self._seen = None if ids_are_unique else SeenIds()

    def read(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Logged]:
        """Yields a part for each batch of rows of banditsvc.log_schema.JOINED with at least joined_columns.

        Raises:
            LogRefused: Groups are to be pooled, and some decisions of a group are not there.
        """
        for batch in batches:
            yield self._part(batch)

    def _part(self, batch: pa.RecordBatch) -> Logged:
        batch = batch.filter(pa.array(self._kept(batch)))
        entries = entries_of(batch, self._campaigns, self._treatments)
        sizes = lengths(batch["eligible"])
        probability = numbers(batch["mixture_probabilities"].flatten()) if self._pooled else entries.probability
        place, kept = without_faults(
            sizes,
            entries.is_choice,
            probability,
            numbers(batch["reward"]),
            left_out=self.left_out,
            place_of=lambda row: _place(batch, row),
            tolerance=SERVICE_TOLERANCE,
        )
        part = self._logged(batch, entries, starts_of(sizes), place, probability)
        return part if kept.all() else part.where(kept)

    def _kept(self, batch: pa.RecordBatch) -> Flags:
        """Returns which decisions may be evaluated by what is fixed before the choice, and are mature."""

        def leave(kept: Flags, kind: str, is_of_kind: Flags) -> Flags:
            return self.left_out.leave(kept, kind, is_of_kind, lambda row: _place(batch, row))

        decided_by = batch["decided_by"]
        kept = np.ones(batch.num_rows, dtype=np.bool_)
        kept = leave(kept, kinds.TESTS, _flags(batch["is_test"]))
        kept = leave(kept, kinds.EXCLUDED, _flags(batch["exclusion_id"].is_valid()))
        kept = leave(kept, kinds.HELD_OUT, _flags(pc.equal(batch["result"], "HELD_OUT")))
        kept = leave(kept, kinds.NOTHING_ELIGIBLE, _flags(batch["campaign_id"].is_null()))
        for kind, name in _BY_RULE.items():
            if self._pooled and kind == kinds.AS_USUAL:
                continue
            kept = leave(kept, kind, _flags(pc.equal(decided_by, name)))
        if self._pooled:
            self._check_pooled()
            kept = leave(kept, kinds.NO_MIXTURE, lengths(batch["mixture_probabilities"]) == 0)
        else:
            known = _flags(batch["probability_known"]) & _flags(pc.is_in(decided_by, pa.array(EVALUATED_DECIDERS)))
            kept = leave(kept, kinds.PROBABILITY_UNKNOWN, ~known)
        kept = leave(kept, kinds.NOT_SENT, _flags(batch["window_start"].is_null()))
        kept = leave(kept, kinds.NOT_MATURE, ~_flags(batch["is_mature"]))
        vectors = batch["mixture_probabilities" if self._pooled else "selection_probabilities"]
        kept = leave(kept, kinds.LISTS_DIFFER, lengths(vectors) != lengths(batch["eligible"]))
        if self._seen is not None:
            kept = leave(kept, kinds.DUPLICATE, self._seen.repeated(batch["decision_id"]))
        return kept

    def _check_pooled(self) -> None:
        missing = [kind for kind in (kinds.FALLBACK, kinds.GUARDRAIL) if kind in self.left_out.counts]
        if missing:
            raise LogRefused(
                f"groups cannot be pooled: {' and '.join(missing)} took decisions from a group, so that its rows are "
                "missing; evaluate without pooling, or only the time without them"
            )

    def _logged(
        self, batch: pa.RecordBatch, entries: BatchEntries, start: Integers, place: Integers, probability: Floats
    ) -> Logged:
        campaign = Coded(entries.campaign, self._campaigns.names)
        labels = {
            name: Coded(coder.code(batch[name], self._label_texts[name]), coder.names)
            for name, coder in self._labels.items()
        }
        if self._catalogue is not None:
            families = self._catalogue.families
            found = [self._families.code_of(families.get(one, one)) for one in campaign.names]
            codes = np.array(found, dtype=np.int32)[entries.campaign[place]]
            labels["family"] = Coded(codes, self._families.names)
        has_treatments = bool(entries.treatment.any())
        return Logged(
            entries=Entries(
                start=start,
                campaign=campaign,
                probability=probability,
                predicted=entries.predicted,
                deviation=_deviations(batch, start),
                treatment=Coded(entries.treatment, self._treatments.names) if has_treatments else None,
                lever=entries.levers if bool((entries.levers != 1.0).any()) else None,
                price=entries.prices if bool(entries.prices.any()) else None,
                fixed_rank=self._ranks(batch, entries),
            ),
            chosen=place,
            probability=np.minimum(probability[place], 1.0),
            reward=numbers(batch["reward"]),
            customer=self._customers.code(batch["customer_id"], stands_for=self._customer_of),
            time_us=np.asarray(batch["record_time"].cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64),
            labels=labels,
            features=context_features(batch),
            reward_range=self._reward_range,
            left_out=self.left_out.counts,
            first_left_out=self.left_out.first,
            learned=_learned(batch),
            contexts=pa.table(batch.select(list(CONTEXT_COLUMNS))) if self._with_contexts else None,
        )

    def _ranks(self, batch: pa.RecordBatch, entries: BatchEntries) -> Integers | None:
        if self._catalogue is None:
            return None
        rows = np.repeat(np.arange(batch.num_rows), lengths(batch["inline_campaigns"])).tolist()
        inline = batch["inline_campaigns"].flatten()
        ids, priorities = (inline.field(name).to_pylist() for name in ("campaign_id", "fixed_priority"))
        versions = numbers(batch["catalogue_version"]).astype(np.int64)
        given = zip(rows, ids, priorities, strict=True)
        return self._catalogue.ranks(entries.decision, entries.campaign, self._campaigns.names, versions, given)


def _place(batch: pa.RecordBatch, row: int) -> str:
    return f"decision {batch['decision_id'][row]}"


def _flags(values: pa.Array) -> Flags:
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _deviations(batch: pa.RecordBatch, start: Integers) -> Floats:
    """Returns the deviation of each entry, NaN where the model did not say."""
    found = np.full(int(start[-1]), np.nan)
    has = lengths(batch["predicted_deviations"]) > 0
    found[np.repeat(has, np.diff(start))] = numbers(batch["predicted_deviations"].flatten())
    return found


def _learned(batch: pa.RecordBatch) -> LearnedStates:
    names = ("learned_count", "learned_reward_mean", "learned_reward_deviation")
    columns = np.column_stack([numbers(batch[name]) for name in names])
    states, of_row = np.unique(columns, axis=0, return_inverse=True)
    known = [LearnedState(int(count), mean, deviation) for count, mean, deviation in states.tolist()]
    return LearnedStates(known, of_row.astype(np.intp))
