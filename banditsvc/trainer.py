"""Trainer: the model that learns. The only user of vowpal_wabbit_next, loaded by the learner's process alone.

Vowpal Wabbit's `mtr` updates the chosen action only, so each decision is learned as the pair [context, chosen
campaign]: the weights are those of the full form with all eligible campaigns, at a fraction of its time. Exploration
is not Vowpal Wabbit's, so `--cb_adf --no_predict` suffices. Features are pushed as hashes: no text reaches its parser.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vowpal_wabbit_next import _core

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.features import MATCH_HASH
from banditsvc.core.portfolio import LabelWeighting, TrainSpec
from banditsvc.ports import RunningSums

_CONTEXT, _CAMPAIGN, _MATCH = ord("C"), ord("A"), ord("M")
_LEAST_PROBABILITY = 1e-9
_GREATEST_VALUE = 1e18
"""Products of two such values are still single-precision numbers."""
_MATCH_HASHES = np.array([MATCH_HASH], dtype=np.uint64)
_KNOWN_CAMPAIGNS = 4096
_HASH_BYTES = 8
_DOUBLE = struct.Struct("<d")


def label_probability(train: TrainSpec, selection_probability: float, eligible_count: int, sums: RunningSums) -> float:
    """Returns the probability that the label of a pair has.

    EQUAL gives 1, so every decision weighs 1. IMPORTANCE gives the selection probability times the mean number of
    eligible campaigns up to and including this decision: Vowpal Wabbit divides weights by that mean where it sees all
    eligible campaigns, and sees one here.
    """
    if train.label_weighting is LabelWeighting.EQUAL:
        return 1.0
    mean = (sums.eligible_sum + eligible_count) / (sums.learned_count + 1)
    return max(selection_probability, _LEAST_PROBABILITY) * mean


@dataclass(frozen=True, slots=True)
class _CampaignArrays:
    """A campaign's features in the form in which they are pushed."""

    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]
    packed_match: bytes
    """The hash of the favourite that matches it, as contexts pack hashes; empty for none."""


class Trainer:
    """A model in the making. Training is deterministic, and to serialise, load and go on is bit-equal to going on."""

    def __init__(self, train: TrainSpec, state: bytes | None = None) -> None:
        """Starts a model, or goes on from what serialize returned.

        state is trusted: only bytes of the learner's own store, with their SHA-256 checked, may be given here.
        """
        self._train = train
        self._workspace = _core.Workspace(_arguments(train), model_data=state)
        self._campaigns: dict[bytes, _CampaignArrays] = {}
        self._label = _core.CBLabel(label=(0.0, 1.0))
        # One pair of examples is filled again for every decision: making them takes longer than learning.
        self._shared, self._chosen = _core.Example(), _core.Example()
        self._shared._set_label(_core.CBLabel(shared=True))  # noqa: SLF001  # the public wrappers double the time
        self._context, self._campaign, self._match = (
            self._shared[_CONTEXT],
            self._chosen[_CAMPAIGN],
            self._chosen[_MATCH],
        )

    def learn(
        self,
        context: EncodedContext,
        campaign: EncodedCampaign,
        *,
        scaled_reward: float,
        baseline: float,
        selection_probability: float,
        eligible_count: int,
        sums: RunningSums,
        weight: float = 1.0,
    ) -> None:
        """Learns one decision.

        Args:
            context: Its context as encoded by the model's encoder.
            campaign: The chosen campaign, or the chosen pair of campaign and treatment, likewise.
            scaled_reward: Its reward, in [0, 1].
            baseline: What is taken off it, in [0, 1], since predictions add it again.
            selection_probability: Probability with which it, with treatments the pair, was chosen, in (0, 1].
            eligible_count: Number of campaigns, with treatments of pairs, it was chosen from, at least 1.
            sums: Running sums over the decisions learned before.
            weight: How much it counts beside others, in (0, 1].

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        in_range = 0.0 <= scaled_reward <= 1.0 and 0.0 <= baseline <= 1.0
        if not (in_range and 0.0 < selection_probability <= 1.0 and eligible_count >= 1 and 0.0 < weight <= 1.0):
            raise ValueError("reward, baseline, selection probability, eligible campaigns or weight out of range")
        hashes, values = _arrays(context.packed_hashes, context.packed_values)
        mine = self._campaigns.get(campaign.key)
        if mine is None:
            mine = self._remember(campaign)
        _fill(self._context, hashes, values)
        _fill(self._campaign, mine.hashes, mine.values)
        self._fill_match(context.packed_hashes, values, mine)
        # Vowpal Wabbit weighs by one over the label's probability.
        probability = label_probability(self._train, selection_probability, eligible_count, sums) / weight
        self._label.label = (baseline - scaled_reward, probability)
        self._chosen._set_label(self._label)  # noqa: SLF001  # as above
        self._workspace.learn_multi_ex_one([self._shared, self._chosen])

    def _remember(self, campaign: EncodedCampaign) -> _CampaignArrays:
        hashes, values = _arrays(campaign.packed_hashes, campaign.packed_values)
        known = _CampaignArrays(
            hashes, values, np.uint64(campaign.match_hash).tobytes() if campaign.match_hash else b""
        )
        if len(self._campaigns) >= _KNOWN_CAMPAIGNS:
            self._campaigns.clear()
        self._campaigns[campaign.key] = known
        return known

    def _fill_match(self, packed_hashes: bytes, values: NDArray[np.float32], campaign: _CampaignArrays) -> None:
        self._match.truncate_to(0)
        wanted = campaign.packed_match
        found = packed_hashes.find(wanted) if wanted else -1
        while found >= 0:
            # A find off the grid of whole hashes is chance.
            if found % _HASH_BYTES == 0:
                place = found // _HASH_BYTES
                self._match.push_many_features(_MATCH_HASHES, values[place : place + 1])  # type: ignore[arg-type]  # as in _fill
            found = packed_hashes.find(wanted, found + 1)

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights, of length 2**bits: a score is the sum of weight x value."""
        weights = np.array(np.asarray(self._workspace.weights())[:, 0, 0], dtype=np.float32)
        if self._train.l2 > 0.0:
            weights *= np.float32(self._contraction())
        weights.flags.writeable = False
        return weights

    def live_weights(self) -> NDArray[np.float32]:
        """Returns a view of the weights that follows the learning, C-contiguous: they are its first column.

        With l2 there is none, as Vowpal Wabbit keeps them undivided, and it is a copy.
        """
        if self._train.l2 > 0.0:
            return self.weights()[:, None]
        live: NDArray[np.float32] = np.asarray(self._workspace.weights())[:, 0, :]
        return live

    def serialize(self) -> bytes:
        """Returns the whole state, to go on from."""
        return bytes(self._workspace.serialize())

    def _contraction(self) -> float:
        # With --l2 the weights are kept undivided by a common factor that shrinks with each update. It is the last
        # number before the weights, and a model without weights shows where that is.
        empty = _core.Workspace(_arguments(self._train)).serialize()
        place = len(empty) - _DOUBLE.size
        assert _DOUBLE.unpack_from(empty, place)[0] == 1.0
        return float(_DOUBLE.unpack_from(self._workspace.serialize(), place)[0])


def _arguments(train: TrainSpec) -> list[str]:
    arguments = ["--cb_adf", "--no_predict", "--cb_type", "mtr", "-q", "CA", "--quiet", "-b", str(train.bits)]
    arguments += ["-l", repr(train.learning_rate), "--power_t", repr(train.power_t)]
    return [*arguments, "--l2", repr(train.l2)] if train.l2 > 0.0 else arguments


def _arrays(packed_hashes: bytes, packed_values: bytes) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    values = np.frombuffer(packed_values, dtype=np.float64)
    # NaN fails the comparison too.
    if not sum(map(abs, values.tolist())) <= _GREATEST_VALUE:
        raise ValueError("a feature value is not finite, or beyond all measure")
    return np.frombuffer(packed_hashes, dtype=np.uint64), values.astype(np.float32)


def _fill(group: _core.FeatureGroupRef, hashes: NDArray[np.uint64], values: NDArray[np.float32]) -> None:
    group.truncate_to(0)
    group.push_many_features(hashes, values)  # type: ignore[arg-type]  # the stub means these very arrays
