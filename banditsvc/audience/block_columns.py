"""The columns of the open log for decisions that were made by columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from banditsvc.audience.arrow_columns import Alike, ArrowColumn, ByCode, ListsByCode, coded, coded_array, listed
from banditsvc.audience.decided_rows import DecidedColumns
from banditsvc.audience.part_values import PartValues
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.column_codes import distinct_numbers
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.log_rows import traffic_split_row
from banditsvc.log_schema import DECISIONS

_TEXT = pa.string()


class BlockColumns:
    """Makes the columns that tell what was decided for the rows of a block, and how."""

    def __init__(self, part: PartValues, block: DecidedColumns) -> None:
        common = part.common
        self._part, self._active, self._common, self._block = part, part.active, common, block
        self._ids = common.entries.ids
        self._mask = block.eligible
        self._is_full = bool(self._mask.all())
        rows, entries = self._mask.shape
        self._counts = np.full(rows, entries) if self._is_full else np.count_nonzero(self._mask, axis=1)
        self._who = common.assigned_of[block.span]
        # What is answered: nothing to who is held out.
        self._answered = np.where(block.held_out, -1, block.chosen)

    def columns(self) -> dict[str, ArrowColumn]:
        """Returns the columns by name: all of what decision_row says of the answer."""
        return {**self._answer(), **self._probabilities(), **self._vectors(), **self._versions(), **self._group()}

    def _answer(self) -> dict[str, ArrowColumn]:
        block, ids = self._block, self._ids
        of_entries = [Result.NO_CONTACT if one == NO_CONTACT else Result.CAMPAIGN for one in ids]
        result = np.array([*of_entries, Result.NO_ELIGIBLE], dtype=np.int8)[self._answered]
        result[block.held_out] = Result.HELD_OUT
        decided_by = np.where(block.held_out, int(DecidedBy.HOLDOUT), block.decided_by)
        reasons = [pin.reason for pin in self._common.offer.pins]
        explored = block.explored & ~block.held_out
        return {
            "result": coded(result, ["", *(one.name for one in Result)], _TEXT),
            "decided_by": coded(decided_by, ["", *(one.name for one in DecidedBy)], _TEXT),
            "campaign_id": coded(self._answered, ids, _TEXT),
            "explored": pa.array(explored) if explored.any() else Alike(False),
            "force_reason": coded(block.pins, reasons, _TEXT),
            "contact": self._contact(),
            "would_have_sent": self._ghost(),
            "shadow": self._shadow(),
            "rejections": self._rejections(),
            "probability_known": Alike(True),
            "draw_attempt": Alike(0),
        }

    def _probabilities(self) -> dict[str, ArrowColumn]:
        """Returns the probabilities of what was answered; 1 where that was nothing."""
        block, entries = self._block, self._common.entries
        chosen = np.maximum(self._answered, 0)
        is_answered = self._answered >= 0
        if not self._ids or not is_answered.any():
            return {name: Alike(1.0) for name in _PROBABILITIES} | {"treatment_id": Alike(None)}
        arm = np.where(
            is_answered, block.probabilities.ravel().take(np.arange(len(chosen)) * len(self._ids) + chosen), 1.0
        )
        treatments = entries.treatments
        if not treatments:
            same = pa.array(arm)
            return {
                "selection_probability": same,
                "arm_probability": same,
                "treatment_probability": Alike(1.0),
                "treatment_id": Alike(None),
            }
        campaign = np.zeros(len(arm))
        # From left to right, as the sum over a campaign's treatments.
        for entry in range(len(self._ids)):
            is_mine = self._common.campaign_of[chosen] == self._common.campaign_of[entry]
            campaign += np.where(is_mine, block.probabilities[:, entry], 0.0)
        campaign = np.where(is_answered, campaign, 1.0)
        has_treatment = np.array([*[bool(one) for one in treatments], False])[self._answered]
        of_treatment = np.array([*[place if one else -1 for place, one in enumerate(treatments)], -1])[self._answered]
        return {
            "selection_probability": pa.array(campaign),
            "arm_probability": pa.array(arm),
            "treatment_probability": pa.array(np.divide(arm, campaign, where=has_treatment, out=np.ones_like(arm))),
            "treatment_id": coded(of_treatment, treatments, _TEXT),
        }

    def _vectors(self) -> dict[str, ArrowColumn]:
        block, entries = self._block, self._common.entries
        predicted = self._rewards(block.predicted)
        deviations: ArrowColumn = Alike([])
        if block.deviations is not None:
            deviations = self._lists(block.deviations, block.has_predicted)
        levers: ArrowColumn = Alike([])
        if entries.levers is not None:
            has_levers = (self._mask & (entries.levers != 1.0)).any(axis=1)
            levers = self._lists(np.broadcast_to(entries.levers, self._mask.shape), has_levers)
        prices: ArrowColumn = Alike([])
        if entries.prices is not None:
            has_prices = (self._mask & (entries.prices != 0.0)).any(axis=1)
            prices = self._lists(np.broadcast_to(entries.prices, self._mask.shape), has_prices)
        treatments: ArrowColumn = Alike([])
        if entries.treatments:
            is_treated = (self._mask & np.array([bool(one) for one in entries.treatments])).any(axis=1)
            treatments = self._names(entries.treatments, is_treated)
        return {
            "eligible": self._names(self._ids, None),
            "selection_probabilities": self._lists(block.probabilities, None),
            "predicted_rewards": predicted,
            "predicted_deviations": deviations,
            "levers": levers,
            "prices": prices,
            "treatments": treatments,
        }

    def _rewards(self, predicted: NDArray[np.float64]) -> ArrowColumn:
        """Returns the one vector of the model of each row, none where it did not answer."""
        has = self._block.has_predicted
        inner = self._lists(predicted, has)
        if has.all():
            return listed(has, inner)
        return listed(has, inner.filter(pa.array(has)))

    def _lists(self, numbers: NDArray[np.float64], is_there: NDArray[np.bool_] | None) -> pa.ListArray:
        """Returns the numbers of the eligible entries of each row; an empty list where it is not there."""
        if is_there is None or is_there.all():
            values = numbers.ravel() if self._is_full else numbers[self._mask]
            return listed(self._counts, pa.array(values))
        return listed(self._counts * is_there, pa.array(numbers[self._mask & is_there[:, None]]))

    def _names(self, names: Sequence[str], is_there: NDArray[np.bool_] | None) -> ArrowColumn:
        """Returns the names of the eligible entries, likewise."""
        if self._is_full and (is_there is None or is_there.all()):
            return Alike(list(names))
        mask = self._mask if is_there is None else self._mask & is_there[:, None]
        return listed(np.count_nonzero(mask, axis=1), coded_array(np.nonzero(mask)[1], names, _TEXT))

    def _rejections(self) -> ArrowColumn:
        codes, book = self._block.codes, self._common.book
        if book.drops_none(codes):
            none = np.zeros(0, dtype=np.int32)
            return ListsByCode(np.zeros(codes.shape[1], dtype=np.intp), none, self._part.rejections())
        is_one = book.is_rejection(codes)
        places = book.places(codes.T[is_one.T]).astype(np.int32)
        return ListsByCode(np.count_nonzero(is_one, axis=0), places, self._part.rejections())

    def _contact(self) -> ArrowColumn:
        """Returns the contact of each row to which something goes out."""
        is_contact = np.array([*[one != NO_CONTACT for one in self._ids], False])[self._answered]
        return ByCode(np.where(is_contact, self._answered, -1), self._part.contacts)

    def _ghost(self) -> ArrowColumn:
        block = self._block
        places = np.flatnonzero(block.held_out & (block.chosen >= 0))
        count = len(self._ids)
        keys = (block.decided_by[places] * count + block.chosen[places]) * 2 + block.explored[places]
        used, mine = distinct_numbers(keys)
        numbers = [self._part.ghost(*divmod(key // 2, count), explored=bool(key % 2)) for key in used.tolist()]
        codes = np.full(len(block.held_out), -1)
        codes[places] = np.array(numbers, dtype=np.intp)[mine]
        return ByCode(codes, self._part.ghosts)

    def _shadow(self) -> ArrowColumn:
        shadow = self._block.shadow
        is_there = None if shadow is None else shadow.is_there & ~self._block.held_out
        if shadow is None or is_there is None or not is_there.any():
            return Alike(None)
        kind, rows = DECISIONS.field("shadow").type, len(is_there)
        treatments = self._common.entries.treatments or ("",) * len(self._ids)
        alike = np.zeros(rows, dtype=np.int32)
        deviations = listed(alike, pa.array([], pa.float64()))
        if shadow.deviations is not None:
            deviations = self._lists(shadow.deviations, is_there)
        parts = {
            "policy_version": pa.array([shadow.policy.policy_version], pa.int32()).take(pa.array(alike)),
            "model_version": coded_array(alike, [shadow.model.model_version or None], _TEXT),
            "campaign_id": coded_array(shadow.chosen, self._ids, _TEXT),
            "treatment_id": coded_array(shadow.chosen, [one or None for one in treatments], _TEXT),
            "selection_probabilities": self._lists(shadow.probabilities, is_there),
            "predicted_rewards": self._lists(shadow.predicted, is_there),
            "predicted_deviations": deviations,
        }
        columns = [parts[one.name].cast(one.type) for one in kind]
        return pa.StructArray.from_arrays(columns, fields=list(kind), mask=pa.array(~is_there))

    def _versions(self) -> dict[str, ArrowColumn]:
        active, model, portfolio = self._active, self._active.model, self._active.portfolio
        used, codes = distinct_numbers(self._block.policy_versions)
        shares = [1.0 if active.split is None else active.split.share_of(version) for version in used.tolist()]
        # What is forced has no part in the split.
        is_forced = self._block.decided_by == int(DecidedBy.FORCED)
        split = traffic_split_row(active.split)
        traffic = coded(np.where(is_forced, -1, 0), [split], DECISIONS.field("traffic_split").type)
        return {
            "learned_count": Alike(model.learned.learned_count),
            "learned_reward_mean": Alike(model.learned.reward_mean),
            "learned_reward_deviation": Alike(model.learned.reward_deviation),
            "portfolio_version": Alike(portfolio.portfolio_version),
            "policy_version": coded(codes, used.tolist(), pa.int32()),
            "model_version": Alike(model.model_version or None),
            "learner_version": Alike(model.learner_version),
            "encoder_version": Alike(active.encoder_version),
            "catalogue_version": Alike(active.catalogue_version),
            "traffic_split": Alike(None) if split is None else traffic,
            "traffic_share": coded(np.where(is_forced, len(shares), codes), [*shares, 1.0], pa.float64()),
        }

    def _group(self) -> dict[str, ArrowColumn]:
        assigned = self._common.assigned
        return {
            "group": coded(self._who, [one.group.name for one in assigned], _TEXT),
            "group_share": coded(self._who, [one.share for one in assigned], pa.float64()),
            "draws": ByCode(self._who, self._part.draws),
        }


_PROBABILITIES = ("selection_probability", "arm_probability", "treatment_probability")
