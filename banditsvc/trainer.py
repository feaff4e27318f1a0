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
from banditsvc.core.encoded_batch import EncodedBatch
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


@dataclass(frozen=True, slots=True, eq=False)
class ContextArrays:
    """A context's features in the form in which they are pushed."""

    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]
    packed_hashes: bytes


def context_arrays(context: EncodedContext) -> ContextArrays:
    """Returns a context's features in that form.

    Raises:
        ValueError: A value is not finite, or beyond all measure.
    """
    hashes, values = _arrays(context.packed_hashes, context.packed_values)
    return ContextArrays(hashes, values, context.packed_hashes)


def batch_arrays(batch: EncodedBatch) -> list[ContextArrays]:
    """Returns the same of each row of a batch.

    Raises:
        ValueError: A value is not finite, or beyond all measure.
    """
    width = 8 * len(batch.places)
    hashes, values = batch.padded_hashes(), batch.padded_values()
    past_end = np.arange(len(batch.places)) >= batch.lengths[:, None]
    # NaN fails the comparison too.
    if not (np.abs(np.where(past_end, 0.0, values)).sum(axis=1) <= _GREATEST_VALUE).all():
        raise ValueError("a feature value is not finite, or beyond all measure")
    single, packed = values.astype(np.float32), hashes.tobytes()
    return [
        ContextArrays(mine[:used], its[:used], packed[row * width : row * width + 8 * used])
        for row, (mine, its, used) in enumerate(zip(hashes, single, batch.lengths.tolist(), strict=True))
    ]


@dataclass(frozen=True, slots=True)
class _CampaignArrays:
    """A campaign's features in the form in which they are pushed."""

    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]
    packed_match: bytes
    """The hash of the favourite that matches it, as contexts pack hashes; empty for none."""


class ExamplePair:
    """The pair of examples that is filled again for every decision: making one takes longer than learning.

    Trainers of one thread may share it, and with it the campaigns that it knows.
    """

    __slots__ = ("_known", "campaign", "chosen", "context", "has_match", "label", "match", "shared")

    def __init__(self) -> None:
        self.label = _core.CBLabel(label=(0.0, 1.0))
        self.shared, self.chosen = _core.Example(), _core.Example()
        self.shared._set_label(_core.CBLabel(shared=True))  # noqa: SLF001  # the public wrappers double the time
        self.context, self.campaign, self.match = (
            self.shared[_CONTEXT],
            self.chosen[_CAMPAIGN],
            self.chosen[_MATCH],
        )
        self.has_match = False
        self._known: dict[bytes, _CampaignArrays] = {}

    def fill(self, context: ContextArrays, campaign: EncodedCampaign) -> None:
        """Fills it with a context and the chosen campaign."""
        mine = self._known.get(campaign.key)
        if mine is None:
            mine = self._remember(campaign)
        _fill(self.context, context.hashes, context.values)
        _fill(self.campaign, mine.hashes, mine.values)
        if self.has_match:
            self.match.truncate_to(0)
            self.has_match = False
        if mine.packed_match:
            self._fill_match(context, mine.packed_match)

    def _remember(self, campaign: EncodedCampaign) -> _CampaignArrays:
        hashes, values = _arrays(campaign.packed_hashes, campaign.packed_values)
        known = _CampaignArrays(
            hashes, values, np.uint64(campaign.match_hash).tobytes() if campaign.match_hash else b""
        )
        if len(self._known) >= _KNOWN_CAMPAIGNS:
            self._known.clear()
        self._known[campaign.key] = known
        return known

    def _fill_match(self, context: ContextArrays, wanted: bytes) -> None:
        found = context.packed_hashes.find(wanted)
        while found >= 0:
            # A find off the grid of whole hashes is chance.
            if found % _HASH_BYTES == 0:
                place = found // _HASH_BYTES
                self.match.push_many_features(_MATCH_HASHES, context.values[place : place + 1])  # type: ignore[arg-type]  # as in _fill
                self.has_match = True
            found = context.packed_hashes.find(wanted, found + 1)


class Trainer:
    """A model in the making. Training is deterministic, and to serialise, load and go on is bit-equal to going on."""

    def __init__(self, train: TrainSpec, state: bytes | None = None, examples: ExamplePair | None = None) -> None:
        """Starts a model, or goes on from what serialize returned.

        state is trusted: only bytes of the learner's own store, with their SHA-256 checked, may be given here.
        """
        self._train = train
        self._workspace = _core.Workspace(_arguments(train), model_data=state)
        self._examples = ExamplePair() if examples is None else examples
        self._live: NDArray[np.float32] = np.asarray(self._workspace.weights())[:, 0, :]

    def learn(
        self,
        context: EncodedContext | ContextArrays,
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
            context: Its context as encoded by the model's encoder; whoever learns one often may keep its arrays.
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
        if isinstance(context, EncodedContext):
            context = context_arrays(context)
        pair = self._examples
        pair.fill(context, campaign)
        # Vowpal Wabbit weighs by one over the label's probability.
        probability = label_probability(self._train, selection_probability, eligible_count, sums) / weight
        pair.label.label = (baseline - scaled_reward, probability)
        pair.chosen._set_label(pair.label)  # noqa: SLF001  # as above
        self._workspace.learn_multi_ex_one([pair.shared, pair.chosen])

    def weights(self) -> NDArray[np.float32]:
        """Returns a read-only copy of the weights, of length 2**bits: a score is the sum of weight x value."""
        weights = np.array(self._live[:, 0], dtype=np.float32)
        if self._train.l2 > 0.0:
            weights *= np.float32(self._contraction())
        weights.flags.writeable = False
        return weights

    def live_weights(self) -> NDArray[np.float32]:
        """Returns a view of the weights that follows the learning, C-contiguous: they are its first column.

        With l2 there is none, as Vowpal Wabbit keeps them undivided, and it is a copy.
        """
        return self.weights()[:, None] if self._train.l2 > 0.0 else self._live

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
    # Its parser, which is not used, would keep 256 examples ready: 8 MiB that take longer to make than all the rest.
    arguments += ["--ring_size", "1"]
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
