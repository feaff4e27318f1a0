"""Trainer: the model that learns. The only user of vowpal_wabbit_next, loaded by the learner's process alone.

Vowpal Wabbit's `mtr` updates the chosen action only, so each decision is learned as the pair [context, chosen
campaign]: the weights are those of the full form with all eligible campaigns, at a fraction of its time. Exploration
is not Vowpal Wabbit's, so `--cb_adf --no_predict` suffices. Features are pushed as hashes: no text reaches its parser.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from vowpal_wabbit_next import _core

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.encoded_batch import EncodedBatch
from banditsvc.core.features import MATCH_HASH
from banditsvc.core.portfolio import LabelWeighting, TrainSpec

_CONTEXT, _CAMPAIGN, _MATCH = ord("C"), ord("A"), ord("M")
_LEAST_PROBABILITY = 1e-9
_GREATEST_VALUE = 1e18
"""Products of two such values are still single-precision numbers."""
_MATCH_HASHES = np.array([MATCH_HASH], dtype=np.uint64)
_KNOWN_CAMPAIGNS = 256
_HASH_BYTES = 8
_DOUBLE = struct.Struct("<d")


class EligibleSums(Protocol):
    """Sums over the decisions learned before, as far as a label needs them: RunningSums has them."""

    @property
    def learned_count(self) -> int: ...
    @property
    def eligible_sum(self) -> int: ...


def label_probability(train: TrainSpec, selection_probability: float, eligible_count: int, sums: EligibleSums) -> float:
    """Returns the probability that the label of a pair has.

    EQUAL gives 1, so every decision weighs 1. IMPORTANCE gives the selection probability times the mean number of
    eligible campaigns up to and including this decision: Vowpal Wabbit divides weights by that mean where it sees all
    eligible campaigns, and sees one here.
    """
    if train.label_weighting is LabelWeighting.EQUAL:
        return 1.0
    mean = (sums.eligible_sum + eligible_count) / (sums.learned_count + 1)
    return max(selection_probability, _LEAST_PROBABILITY) * mean


class ContextArrays(NamedTuple):
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
    if not past_end.any():
        spans = range(0, len(packed), width or 1)
        return [
            ContextArrays(mine, its, packed[at : at + width])
            for mine, its, at in zip(hashes, single, spans, strict=True)
        ]
    return [
        ContextArrays(mine[:used], its[:used], packed[row * width : row * width + 8 * used])
        for row, (mine, its, used) in enumerate(zip(hashes, single, batch.lengths.tolist(), strict=True))
    ]


class _Chosen:
    """The example of a campaign."""

    __slots__ = ("_campaign", "_has_match", "_match", "_packed_match", "pair", "set_label")

    def __init__(self, shared: _core.Example) -> None:
        example = _core.Example()
        self.pair = [shared, example]
        """Of the shared example and its own."""
        self.set_label = example._set_label  # noqa: SLF001  # the public wrappers double the time
        self._campaign, self._match = example[_CAMPAIGN], example[_MATCH]
        self._packed_match = b""
        self._has_match = False

    def fill(self, campaign: EncodedCampaign) -> None:
        """Fills it with the features of a campaign."""
        _fill(self._campaign, *_arrays(campaign.packed_hashes, campaign.packed_values))
        self._packed_match = np.uint64(campaign.match_hash).tobytes() if campaign.match_hash else b""

    def match(self, context: ContextArrays) -> None:
        """Gives it the match with a customer's favourites, if there is one."""
        if self._has_match:
            self._match.truncate_to(0)
            self._has_match = False
        wanted, packed = self._packed_match, context.packed_hashes
        found = packed.find(wanted) if wanted else -1
        while found >= 0:
            # A find off the grid of whole hashes is chance.
            if found % _HASH_BYTES == 0:
                place = found // _HASH_BYTES
                self._match.push_many_features(_MATCH_HASHES, context.values[place : place + 1])  # type: ignore[arg-type]  # as in _fill
                self._has_match = True
            found = packed.find(wanted, found + 1)


class ExamplePair:
    """The pair of examples that is filled again for every decision: making one takes longer than learning.

    The context is filled in each time; of campaigns the last that were met keep an example each. Trainers of one thread
    may share it.
    """

    __slots__ = ("_context", "_known", "_label", "_shared")

    def __init__(self) -> None:
        self._label = _core.CBLabel(label=(0.0, 1.0))
        self._shared = _core.Example()
        self._shared._set_label(_core.CBLabel(shared=True))  # noqa: SLF001  # as above
        self._context = self._shared[_CONTEXT]
        self._known: dict[bytes, _Chosen] = {}

    def filled(
        self, context: ContextArrays, campaign: EncodedCampaign, label: tuple[float, float]
    ) -> list[_core.Example]:
        """Returns it with a context, the chosen campaign and its label (cost, probability)."""
        chosen = self._known.get(campaign.key) or self._remember(campaign)
        _fill(self._context, context.hashes, context.values)
        chosen.match(context)
        self._label.label = label
        chosen.set_label(self._label)
        return chosen.pair

    def _remember(self, campaign: EncodedCampaign) -> _Chosen:
        # The one met first is filled anew: an example takes 30 KiB, and longer to make than to fill.
        known = self._known
        chosen = _Chosen(self._shared) if len(known) < _KNOWN_CAMPAIGNS else known.pop(next(iter(known)))
        chosen.fill(campaign)
        known[campaign.key] = chosen
        return chosen


class Trainer:
    """A model in the making. Training is deterministic, and to serialise, load and go on is bit-equal to going on."""

    def __init__(self, train: TrainSpec, state: bytes | None = None, examples: ExamplePair | None = None) -> None:
        """Starts a model, or goes on from what serialize returned.

        state is trusted: only bytes of the learner's own store, with their SHA-256 checked, may be given here.
        """
        self._train = train
        self._workspace = _core.Workspace(workspace_arguments(train), model_data=state)
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
        sums: EligibleSums,
        weight: float = 1.0,
        send_time_us: int = 0,  # noqa: ARG002  for learners that forget by time
        gains: tuple[tuple[float, ...] | None, ...] = (),  # noqa: ARG002  for learners with checkpoints
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
            send_time_us: When it was to go out.
            gains: What it had brought by each checkpoint.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        in_range = 0.0 <= scaled_reward <= 1.0 and 0.0 <= baseline <= 1.0
        if not (in_range and 0.0 < selection_probability <= 1.0 and eligible_count >= 1 and 0.0 < weight <= 1.0):
            raise ValueError("reward, baseline, selection probability, eligible campaigns or weight out of range")
        if isinstance(context, EncodedContext):
            context = context_arrays(context)
        # Vowpal Wabbit weighs by one over the label's probability.
        probability = label_probability(self._train, selection_probability, eligible_count, sums) / weight
        label = (baseline - scaled_reward, probability)
        self._workspace.learn_multi_ex_one(self._examples.filled(context, campaign, label))

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

    def variances(self) -> None:
        """Returns None: Vowpal Wabbit does not say how sure it is."""
        return

    def live_variances(self) -> None:
        """Returns None likewise."""
        return

    def serialize(self) -> bytes:
        """Returns the whole state, to go on from."""
        return bytes(self._workspace.serialize())

    def _contraction(self) -> float:
        # With --l2 the weights are kept undivided by a common factor that shrinks with each update. It is the last
        # number before the weights, and a model without weights shows where that is.
        empty = _core.Workspace(workspace_arguments(self._train)).serialize()
        place = len(empty) - _DOUBLE.size
        assert _DOUBLE.unpack_from(empty, place)[0] == 1.0
        return float(_DOUBLE.unpack_from(self._workspace.serialize(), place)[0])


def workspace_arguments(train: TrainSpec) -> list[str]:
    """Returns the arguments of the workspace that learns."""
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
