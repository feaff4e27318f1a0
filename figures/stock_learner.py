"""Stock Vowpal Wabbit: an exploration of its own over all campaigns, at its default settings, as a peer of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from vowpal_wabbit_next import _core

from banditsvc.core.campaign import Campaign
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.context import CustomerContext
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned

STOCK = {
    "epsilon .05": "--epsilon 0.05",
    "SquareCB": "--squarecb",
    "bag 5": "--bag 5",
    "cover 3": "--cover 3",
    "cover 5": "--cover 5",
}
"""Arguments of each exploration after `--cb_explore_adf`. What they do not name is Vowpal Wabbit's default.

`--squarecb --elim` is not among them: before it has learned it gives one campaign a probability below 0.
"""
_Features = list[tuple[NDArray[np.uint64], NDArray[np.float32]]]
_CONTEXT, _CAMPAIGN = ord("C"), ord("A")


class StockVowpalWabbit:
    """Decides and learns as `vw --cb_explore_adf -q CA` does, given our features of contexts and campaigns.

    What is not known of a context is left out: to Vowpal Wabbit it would be some more constants. Where contexts recur
    in what is decided together, each is predicted once.
    """

    def __init__(self, arguments: str, encoder: EncoderSpec) -> None:
        fixed = ["--cb_explore_adf", "-q", "CA", "--quiet", "--ring_size", "1"]
        self._workspace = _core.Workspace([*fixed, *arguments.split()])
        self._encoder = Encoder(encoder)
        self._columns = ColumnEncoder(self._encoder)
        nothing = self._encoder.context(CustomerContext())
        self._unknown = np.frombuffer(nothing.packed_hashes, dtype=np.uint64)
        self._shared = _core.Example()
        self._shared._set_label(_core.CBLabel(shared=True))  # noqa: SLF001  # as in banditsvc/trainer.py
        self._context = self._shared[_CONTEXT]
        self._examples: dict[str, _core.Example] = {}
        self._last: tuple[Contexts | None, _Features] = (None, [])
        """Contexts as they were last encoded: who learns each decision at once encodes it once."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns the selection probabilities, of all campaigns alike eligible.

        Raises:
            ValueError: A campaign is not eligible for somebody.
        """
        if not eligible.mask.all():
            raise ValueError("stock Vowpal Wabbit is asked where all campaigns are eligible for everybody")
        examples = [self._shared, *self._actions(eligible.campaigns)]
        known: dict[bytes, int] = {}
        found: list[list[float]] = []
        places = np.empty(len(contexts), dtype=np.intp)
        for row, (hashes, values) in enumerate(self._features(contexts)):
            key = hashes.tobytes() + values.tobytes()
            place = known.get(key)
            if place is None:
                place = known[key] = len(found)
                self._fill(hashes, values)
                ordered = cast("list[tuple[int, float]]", self._workspace.predict_multi_ex_one(examples))
                found.append([probability for _, probability in sorted(ordered)])
            places[row] = place
        pmf = np.array(found)
        # As single-precision numbers they sum to 1 but for rounding.
        pmf /= pmf.sum(axis=1, keepdims=True)
        return pmf[places]

    def learn(self, batch: Learned) -> None:
        """Learns some decisions, one after the other."""
        actions = self._actions(batch.eligible.campaigns)
        examples, nothing = [self._shared, *actions], _core.CBLabel()
        label = _core.CBLabel(label=(0.0, 1.0))
        for (hashes, values), chosen, probability, reward in zip(
            self._features(batch.contexts),
            batch.chosen.tolist(),
            batch.probability.tolist(),
            batch.reward.tolist(),
            strict=True,
        ):
            self._fill(hashes, values)
            label.label = (-reward, probability)
            actions[chosen]._set_label(label)  # noqa: SLF001  # as above
            self._workspace.learn_multi_ex_one(examples)
            actions[chosen]._set_label(nothing)  # noqa: SLF001  # as above

    def _fill(self, hashes: NDArray[np.uint64], values: NDArray[np.float32]) -> None:
        self._context.truncate_to(0)
        self._context.push_many_features(hashes, values)  # type: ignore[arg-type]  # the stub means these very arrays

    def _features(self, contexts: Contexts) -> _Features:
        if contexts is not self._last[0]:
            self._last = (contexts, self._encoded(contexts))
        return self._last[1]

    def _encoded(self, contexts: Contexts) -> _Features:
        encoded = self._columns.encode(contexts.columns)
        hashes, values = encoded.padded_hashes(), encoded.padded_values().astype(np.float32)
        is_said = (np.arange(hashes.shape[1]) < encoded.lengths[:, None]) & ~np.isin(hashes, self._unknown)
        return [(mine[said], its[said]) for mine, its, said in zip(hashes, values, is_said, strict=True)]

    def _actions(self, campaigns: Sequence[Campaign]) -> list[_core.Example]:
        return [self._examples.get(one.campaign_id) or self._remember(one) for one in campaigns]

    def _remember(self, campaign: Campaign) -> _core.Example:
        made = self._examples[campaign.campaign_id] = _core.Example()
        encoded = self._encoder.campaign(campaign)
        hashes = np.frombuffer(encoded.packed_hashes, dtype=np.uint64)
        values = np.frombuffer(encoded.packed_values).astype(np.float32)
        made[_CAMPAIGN].push_many_features(hashes, values)  # type: ignore[arg-type]  # as above
        return made
