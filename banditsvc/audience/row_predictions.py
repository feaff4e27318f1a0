"""Predictions for the rows of an audience, whose campaigns may be described with them by features of the pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.column_policy import Predicted, predict_columns
from banditsvc.audience.pair_columns import PairColumns
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.levers import weighted_deviations, weighted_rewards
from banditsvc.core.pair_encoder import PairEncoder
from banditsvc.core.pair_sums import EncodedPairs
from banditsvc.core.scoring import Scorer
from banditsvc.serving.prepared_set import PreparedSet

_Bools = NDArray[np.bool_]


class RowPredictions:
    """What a model says of the entries of some rows that are asked about alike."""

    def __init__(
        self,
        scorer: Scorer,
        asked: RankInput,
        rows: AudienceRows,
        entries: PreparedSet,
        encoded: Sequence[EncodedCampaign],
    ) -> None:
        """Takes what is said.

        Args:
            scorer: The model's.
            asked: What is the same for all rows.
            rows: The customers, with their pairs if there are any.
            entries: The entries, of the catalogue's campaigns.
            encoded: Their features, made by the scorer's encoder.
        """
        self._scorer, self._asked, self._entries, self._encoded = scorer, asked, entries, encoded
        self._described = None if rows.pairs is None else _described(scorer, rows, rows.pairs, entries, encoded)

    def predict(self, span: slice, contexts: ContextColumns, mask: _Bools) -> Predicted:
        """Returns what the model says of a span of the rows.

        Args:
            span: Which rows.
            contexts: Their customers.
            mask: Which entries each may get: of others nothing need be said, and 0 stands for it.
        """
        entries, asked = self._entries, self._asked
        if self._described is None:
            return predict_columns(self._scorer, contexts, asked, entries, self._encoded)
        batch = self._scorer.columns.encode(contexts, asked.channel, asked.placement, asked.send_time_us)
        rewards = np.zeros(mask.shape)
        deviations = None if self._scorer.model.variances is None else np.zeros(mask.shape)
        rows, places = np.nonzero(mask)
        if len(rows):
            said = self._scorer.predict_pairs(batch, self._described.pairs(span, rows, places))
            rewards[rows, places] = said.rewards
            if deviations is not None:
                deviations[rows, places] = said.deviations
        return Predicted(
            rewards,
            weighted_rewards(rewards, entries.levers, entries.prices),
            deviations,
            weighted_deviations(deviations, rewards, entries.levers),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Described:
    columns: PairColumns
    named: _Bools
    """Which campaigns each row names, shape (rows, candidates)."""
    encoder: PairEncoder
    candidate_of: NDArray[np.intp]
    """Place of each entry's campaign among those that are described; -1 where it never is."""
    kinds: NDArray[np.intp]
    """Place of each entry's match among the hashes."""
    match_hashes: NDArray[np.uint64]

    def pairs(self, span: slice, rows: NDArray[np.intp], places: NDArray[np.intp]) -> EncodedPairs:
        """Returns the pairs of some rows of a span, each with an entry."""
        candidates = self.candidate_of.take(places)
        of_pairs = np.where(candidates < 0, -1, self.columns.places(span, self.named[span])[rows, candidates])
        campaigns = self.encoder.encode(places, of_pairs >= 0, self.columns.features_at(np.maximum(of_pairs, 0)))
        return EncodedPairs(rows, campaigns, self.kinds.take(places), self.match_hashes)


def _described(
    scorer: Scorer, rows: AudienceRows, pairs: PairColumns, entries: PreparedSet, encoded: Sequence[EncodedCampaign]
) -> _Described:
    place_of = {campaign_id: place for place, campaign_id in enumerate(rows.candidate_ids)}
    treatments = entries.treatments or ("",) * len(entries.ids)
    each = [(one, one.treatment(named)) for one, named in zip(entries.campaigns, treatments, strict=True)]
    hashes, kinds = np.unique(np.array([one.match_hash for one in encoded], dtype=np.uint64), return_inverse=True)
    assert rows.candidates is not None
    return _Described(
        pairs,
        rows.candidates,
        PairEncoder(scorer.encoder, each, list(pairs.features)),
        np.array([place_of.get(one, -1) for one in entries.ids], dtype=np.intp),
        kinds.reshape(-1).astype(np.intp),
        hashes,
    )
