"""The posterior's trainer: learns decision by decision, and says how sure it is of every effect.

What is kept is sufficient statistics (see statistics.py); the posterior is made when a model is asked for. At fixed
learned counts evidence moves the prior (see evidence.py), so that where the context does not matter the model comes to
ignore it. Where the drift watch finds that the world has changed for a campaign, what was learned of it counts for
little from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import RunningSums
from banditsvc.posterior.drift_watch import LEAST_DECISIONS, WINDOW, DriftWatch
from banditsvc.posterior.evidence import FIRST_COUNT, moved, next_step
from banditsvc.posterior.exporting import Exported, exported
from banditsvc.posterior.fading_clock import PART
from banditsvc.posterior.fit import TreeFit
from banditsvc.posterior.lesson import Lesson
from banditsvc.posterior.prior import Prior
from banditsvc.posterior.provisional import Provisional
from banditsvc.posterior.state import State, restored, stored
from banditsvc.posterior.statistics import CONSTANT, MATCH, Statistics
from banditsvc.posterior.tree_evidence import TreeEvidence
from banditsvc.posterior.waiting import MOST_WAITING, Waiting, check_context

_LEFT_AFTER_CHANGE = 500.0
"""Decisions that all that was learned of a campaign counts for once the world has changed for it."""
_STEP_AFTER_CHANGE = 2_000


class PosteriorTrainer:
    """A model in the making. Training is deterministic, and to serialise, load and go on is bit-equal to going on."""

    def __init__(self, learner: LearnerSpec, state: bytes | None = None) -> None:
        """Starts a model, or goes on from what serialize returned, which is trusted."""
        self._train, reward = learner.train, learner.reward
        nothing = (0.0 - reward.least) / (reward.greatest - reward.least)
        self._nothing = min(max(nothing, 0.0), 1.0)
        self._state = State(next_evidence=FIRST_COUNT, evidence_step=FIRST_COUNT)
        self._statistics, self._watch = Statistics(), DriftWatch()
        self._provisional = Provisional(learner) if learner.settle.checkpoints_us else None
        if state is not None:
            self._state, self._statistics, self._watch = restored(state, self._provisional)
        self._waiting: list[Waiting] = []
        """Decisions that the statistics do not have yet."""
        self._exported: Exported | None = None
        self._changed: list[int] = []

    def learn(
        self,
        context: EncodedContext,
        campaign: EncodedCampaign,
        *,
        scaled_reward: float,
        baseline: float,
        selection_probability: float,
        eligible_count: int,
        sums: RunningSums,  # noqa: ARG002  for learners that weigh by the number of eligible campaigns
        weight: float = 1.0,
        send_time_us: int = 0,
        gains: tuple[tuple[float, ...] | None, ...] = (),
    ) -> None:
        """Learns one decision; the arguments are those of Trainer.learn.

        With checkpoints, gains (core.reward.gains_of) are what it had brought by each of them, None where that is not
        known, and last what it brought in the end.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        in_range = 0.0 <= scaled_reward <= 1.0 and 0.0 <= baseline <= 1.0
        if not (in_range and 0.0 < selection_probability <= 1.0 and eligible_count >= 1):
            raise ValueError("reward, baseline, selection probability or number of eligible campaigns out of range")
        check_context(context)
        state, day = self._state, send_time_us // DAY_US
        if day != state.last_day:
            self._fade_by_days(day)
        self._wait(Waiting(context, campaign, scaled_reward, weight, gains))
        state.learned_count += 1
        state.reward_sum += weight * scaled_reward
        state.weight_sum += weight
        if state.learned_count % PART == 0:
            self._take_in()
            if self._train.half_life_decisions is not None:
                self._fade(PART / self._train.half_life_decisions)
            self._retire()
            self._follow_changes()
            if state.learned_count % WINDOW == 0:
                self._watch.begin_window()
        if state.learned_count >= state.next_evidence:
            state.evidence_step = next_step(state.evidence_step, state.learned_count)
            state.next_evidence = state.learned_count + state.evidence_step
            self._take_in()
            self._weigh_evidence()
            # Before there were enough decisions to find a change by, the next reference would be there.
            if state.evidence_step >= LEAST_DECISIONS:
                self._refer()

    def put_in(self, age: int, lesson: Lesson, gains: Sequence[float]) -> None:
        """Learns what a decision had brought by a checkpoint (core.reward.gains_of).

        Raises:
            ValueError: A number of its context is not finite or out of range; nothing was learned.
        """
        check_context(lesson.context)
        provisional = self._provisional_part()
        entry, faded = provisional.enter(age, lesson, gains)
        if faded:
            self._take_in()
            provisional.fade(age, faded)
        self._wait(Waiting(lesson.context, lesson.campaign, entry=entry))
        if age == 0 and entry.ordinal % PART == 0:
            self._take_in()
            self._retire()

    def take_out(self, age: int, lesson: Lesson, gains: Sequence[float]) -> None:
        """Takes back what put_in learned of a decision, from the same; they leave an age in the order of entry.

        Raises:
            ValueError: As of put_in, which refused it.
        """
        check_context(lesson.context)
        entry = self._provisional_part().leave(age, lesson, gains)
        self._wait(Waiting(lesson.context, lesson.campaign, entry=entry))

    def _provisional_part(self) -> Provisional:
        assert self._provisional is not None, "there are no checkpoints"
        return self._provisional

    def _wait(self, one: Waiting) -> None:
        self._waiting.append(one)
        self._exported = None
        if len(self._waiting) >= MOST_WAITING:
            self._take_in()

    def take_changed(self) -> list[int]:
        """Returns of what the world was found to have changed since it was last asked.

        Each by the hash of its feature, that of a campaign, a family or another kind; 0 is all campaigns.
        """
        changed, self._changed = self._changed, []
        return changed

    def weights(self) -> NDArray[np.float32]:
        """Returns the weights, read-only, of length 2**bits: a score is minus the sum of weight x value."""
        return self._model().weights

    def variances(self) -> NDArray[np.float32] | None:
        """Returns the variances, likewise; None before anything was learned."""
        return self._model().variances if self._state.learned_count else None

    def live_weights(self) -> NDArray[np.float32]:
        """Returns the weights as LiveModel has them."""
        return self.weights()[:, None]

    def live_variances(self) -> NDArray[np.float32] | None:
        """Returns the variances as LiveModel has them."""
        variances = self.variances()
        return None if variances is None else variances[:, None]

    def serialize(self) -> bytes:
        """Returns the whole state, to go on from."""
        self._take_in()
        return stored(self._state, self._statistics, self._watch, self._provisional)

    def _model(self) -> Exported:
        if self._exported is None:
            self._take_in()
            if self._statistics.totals.weight > 0.0:
                known = self._known()
                posterior = TreeFit(known, *self._centre()).posterior(self._prior())
                self._exported = exported(known, posterior, self._state.campaigns, self._train.bits)
            else:
                nothing = np.zeros(1 << self._train.bits, dtype=np.float32)
                nothing.flags.writeable = False
                self._exported = Exported(nothing, nothing)
        return self._exported

    def _known(self) -> Statistics:
        """Returns the statistics with what is provisional, as far as it counts."""
        if self._provisional is None:
            return self._statistics
        return self._provisional.blended(self._statistics, self._nothing)

    def _fit(self) -> TreeFit:
        return TreeFit(self._known(), *self._centre())

    def _centre(self) -> tuple[float, float]:
        """Returns the mean of the scaled rewards, and how far it is above that of no response."""
        centre = self._state.reward_sum / self._state.weight_sum
        return centre, abs(centre - self._nothing)

    def _prior(self) -> Prior:
        return Prior(*self._state.prior)

    def _weigh_evidence(self) -> None:
        """Moves the prior to where what was learned is more probable."""
        known = self._known()
        totals = known.totals
        if totals.square * totals.weight <= totals.reward * totals.reward:
            # All rewards are the same: there is no noise to measure anything by.
            return
        # Steps come back to priors that others have looked at.
        best = moved(self._prior(), cache(TreeEvidence(known, *self._centre())), self._state.learned_count)
        self._state.prior = (best.shared, best.own, best.kinship, best.noise)

    def _refer(self) -> None:
        # The watch compares final rewards with what was learned from final rewards alone.
        prior = self._prior()
        posterior = TreeFit(self._statistics, *self._centre()).posterior(prior)
        contexts = self._statistics.mean_contexts()
        doubt = (contexts * (posterior.covariance @ contexts[:, :, None])[:, :, 0]).sum(axis=1)
        centre, _ = self._centre()
        noise = self._statistics.totals.variance() * prior.noise_ratio
        self._watch.refer(posterior.mean, doubt, centre=centre, noise=noise)

    def _follow_changes(self) -> None:
        changed = self._watch.changed()
        if changed:
            feature_of = {node: feature for feature, node in self._statistics.node_of.items()}
            for node in changed:
                self._statistics.limit(node, _LEFT_AFTER_CHANGE)
                self._changed.append(feature_of.get(node, 0))
            self._state.evidence_step = _STEP_AFTER_CHANGE
            self._state.next_evidence = self._state.learned_count + _STEP_AFTER_CHANGE
            self._refer()

    def _fade_by_days(self, day: int) -> None:
        half_life, last = self._train.half_life_days, self._state.last_day
        if last is None or day > last:
            self._state.last_day = day
            if half_life is not None and last is not None:
                self._take_in()
                self._fade((day - last) / half_life)

    def _fade(self, half_lives: float) -> None:
        factor = 2.0**-half_lives
        self._statistics.fade(factor)
        if self._provisional is not None:
            self._provisional.curves.fade(factor)

    def _retire(self) -> None:
        retired = False
        while (one := self._statistics.retire()) is not None:
            retired = True
            if self._provisional is not None:
                self._provisional.retire(one)
        if retired:
            self._watch.forget()
            known = self._statistics.node_of
            self._state.campaigns = {key: one for key, one in self._state.campaigns.items() if key in known}

    def _take_in(self) -> None:
        """Takes what is waiting into the statistics; in which parts it comes changes no bit of them."""
        waiting, statistics, state = self._waiting, self._statistics, self._state
        if not waiting:
            return
        self._waiting = []
        packed_hashes, packed_values = zip(*[one.context for one in waiting], strict=True)
        lengths = np.array([len(packed) >> 3 for packed in packed_hashes])
        hashes = np.frombuffer(b"".join(packed_hashes), dtype=np.uint64)
        values = np.frombuffer(b"".join(packed_values))
        nodes = self._nodes(waiting)
        for campaign in {one.campaign.key: one.campaign for one in waiting}.values():
            state.campaigns[campaign.ancestry[-1]] = tuple(zip(campaign.hashes, campaign.values, strict=True))
        found = statistics.columns(hashes)
        rows = np.repeat(np.arange(len(waiting)), lengths)
        places = np.arange(len(hashes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        columns = np.zeros((len(waiting), 2 + int(lengths.max(initial=0))), dtype=np.intp)
        filled = np.zeros(columns.shape)
        columns[:, :2], filled[:, 0] = (CONSTANT, MATCH), 1.0
        columns[rows, 2 + places] = np.maximum(found, 0)
        filled[rows, 2 + places] = np.where(found >= 0, values, 0.0)
        wanted = np.array([one.campaign.match_hash for one in waiting], dtype=np.uint64)
        filled[:, 1] = np.bincount(rows, values * (hashes == wanted[rows]), len(waiting))
        if self._provisional is not None:
            final = self._take_in_provisional(self._provisional, waiting, nodes, columns, filled)
            waiting = [waiting[place] for place in final.tolist()]
            nodes, columns, filled = nodes[final], columns[final], filled[final]
        if not waiting:
            return
        rewards, weights = np.array([one.reward for one in waiting]), np.array([one.weight for one in waiting])
        statistics.add(nodes, columns, filled, rewards, weights)
        # What weighs less is history: it says nothing of how the world is now.
        now = weights == 1.0
        self._watch.add(nodes[now], columns[now], filled[now], rewards[now])

    def _nodes(self, waiting: Sequence[Waiting]) -> NDArray[np.intp]:
        """Returns the nodes that decisions are counted to, new ones added."""
        count = self._state.learned_count - sum(one.entry is None for one in waiting)
        nodes = np.empty(len(waiting), dtype=np.intp)
        for place, one in enumerate(waiting):
            if one.entry is None:
                nodes[place] = self._statistics.node(one.campaign.ancestry, count)
                count += 1
            else:
                nodes[place] = self._provisional_part().node(self._statistics, one.entry, count)
        return nodes

    def _take_in_provisional(
        self,
        provisional: Provisional,
        waiting: Sequence[Waiting],
        nodes: NDArray[np.intp],
        columns: NDArray[np.intp],
        filled: NDArray[np.float64],
    ) -> NDArray[np.intp]:
        """Takes in what stands at checkpoints and what the curves learn; returns the places of final rewards."""
        entries = [one.entry for one in waiting if one.entry is not None]
        is_final = np.array([one.entry is None for one in waiting])
        if entries:
            early = ~is_final
            provisional.add(self._statistics, entries, nodes[early], columns[early], filled[early])
        final = np.flatnonzero(is_final)
        matured = [waiting[place] for place in final.tolist()]
        if matured:
            provisional.learn_curves(nodes[final], [one.gains for one in matured], [one.weight for one in matured])
        return final
