"""The posterior's trainer: learns decision by decision, and says how sure it is of every effect.

What is kept is sufficient statistics (see statistics.py); the posterior is made when a model is asked for. At fixed
learned counts evidence moves the prior along its scales: early, at counts a fifth as large again as the one before, only
towards greater effects, so that where the context tells nearly all that is seen within some dozen decisions; then, at
counts half as large again, either way, so that where it does not matter the model comes to ignore it. Where the drift watch finds that the world
has changed for a campaign, what was learned of it counts for little from then on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.times import DAY_US
from banditsvc.ports import RunningSums
from banditsvc.posterior.drift_watch import WINDOW, DriftWatch
from banditsvc.posterior.exporting import Exported, exported
from banditsvc.posterior.fit import TreeFit
from banditsvc.posterior.prior import NOISE_RATIOS, TELLING, Prior, climb
from banditsvc.posterior.state import State, restored, stored
from banditsvc.posterior.statistics import CONSTANT, MATCH, Statistics

_PART = 256
"""Decisions between two times at which what was learned fades and campaigns retire."""
_FIRST_EVIDENCE, _EARLY_GROWTH = 10, 1.2
_EVIDENCE_COUNT, _EVIDENCE_GROWTH = 500, 1.5
"""Learned count from which few decisions no longer mislead: from then on evidence makes effects smaller, too."""
_LEFT_AFTER_CHANGE = 500.0
"""Decisions that all that was learned of a campaign counts for once the world has changed for it."""
_STEP_AFTER_CHANGE = 2_000
_GREATEST_VALUE = 1e18


class PosteriorTrainer:
    """A model in the making. Training is deterministic, and to serialise, load and go on is bit-equal to going on."""

    def __init__(self, learner: LearnerSpec, state: bytes | None = None) -> None:
        """Starts a model, or goes on from what serialize returned, which is trusted."""
        self._train, reward = learner.train, learner.reward
        nothing = (0.0 - reward.least) / (reward.greatest - reward.least)
        self._nothing = min(max(nothing, 0.0), 1.0)
        self._state = State(next_evidence=_FIRST_EVIDENCE, evidence_step=_FIRST_EVIDENCE)
        self._statistics, self._watch = Statistics(), DriftWatch()
        if state is not None:
            self._state, self._statistics, self._watch = restored(state)
        self._waiting: list[tuple[EncodedContext, EncodedCampaign, float, float]] = []
        """Context, campaign, reward and weight of decisions that the statistics do not have yet."""
        self._exported: Exported | None = None

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
    ) -> None:
        """Learns one decision; the arguments are those of Trainer.learn.

        Raises:
            ValueError: A number is not finite or out of range; nothing was learned.
        """
        in_range = 0.0 <= scaled_reward <= 1.0 and 0.0 <= baseline <= 1.0
        if not (in_range and 0.0 < selection_probability <= 1.0 and eligible_count >= 1):
            raise ValueError("reward, baseline, selection probability or number of eligible campaigns out of range")
        # NaN fails the comparison too.
        if not sum(map(abs, memoryview(context.packed_values).cast("d"))) <= _GREATEST_VALUE:
            raise ValueError("a feature value is not finite, or beyond all measure")
        state = self._state
        self._fade_by_days(send_time_us // DAY_US)
        self._waiting.append((context, campaign, scaled_reward, weight))
        self._exported = None
        state.learned_count += 1
        state.reward_sum += weight * scaled_reward
        state.weight_sum += weight
        if state.learned_count % _PART == 0:
            self._take_in()
            if self._train.half_life_decisions is not None:
                self._statistics.fade(2.0 ** (-_PART / self._train.half_life_decisions))
            self._retire()
            self._follow_changes()
            if state.learned_count % WINDOW == 0:
                self._watch.begin_window()
        if state.learned_count >= state.next_evidence:
            if state.learned_count < _EVIDENCE_COUNT:
                state.evidence_step = int(state.evidence_step * _EARLY_GROWTH)
            else:
                state.evidence_step = int(max(state.evidence_step, _EVIDENCE_COUNT) * _EVIDENCE_GROWTH)
            state.next_evidence = state.learned_count + state.evidence_step
            self._take_in()
            self._weigh_evidence()
            self._refer()

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
        return stored(self._state, self._statistics, self._watch)

    def _model(self) -> Exported:
        if self._exported is None:
            self._take_in()
            if self._statistics.totals.weight > 0.0:
                posterior = self._fit().posterior(self._prior())
                campaigns = self._state.campaigns
                self._exported = exported(self._statistics, posterior, campaigns, self._train.bits)
            else:
                nothing = np.zeros(1 << self._train.bits, dtype=np.float32)
                nothing.flags.writeable = False
                self._exported = Exported(nothing, nothing)
        return self._exported

    def _fit(self, noise: int | None = None) -> TreeFit:
        centre = self._state.reward_sum / self._state.weight_sum
        ratio = NOISE_RATIOS[self._prior().noise if noise is None else noise]
        return TreeFit(self._statistics, centre, abs(centre - self._nothing), ratio)

    def _prior(self) -> Prior:
        return Prior(*self._state.prior)

    def _weigh_evidence(self) -> None:
        """Moves the prior to where what was learned is more probable."""
        totals = self._statistics.totals
        if totals.square * totals.weight <= totals.reward * totals.reward:
            # All rewards are the same: there is no noise to measure anything by.
            return
        fits: dict[int, TreeFit] = {}

        def evidence(prior: Prior) -> float:
            if prior.noise not in fits:
                fits[prior.noise] = self._fit(prior.noise)
            return fits[prior.noise].evidence(prior)

        if self._state.learned_count < _EVIDENCE_COUNT:
            found = [climb(evidence, start, least=Prior()) for start in (self._prior(), TELLING)]
            best = max(found, key=evidence)
        else:
            best = climb(evidence, self._prior(), most_steps=1)
        self._state.prior = (best.shared, best.own, best.kinship, best.noise)

    def _refer(self) -> None:
        fit = self._fit()
        posterior = fit.posterior(self._prior())
        contexts = self._statistics.mean_contexts()
        doubt = (contexts * (posterior.covariance @ contexts[:, :, None])[:, :, 0]).sum(axis=1)
        centre = self._state.reward_sum / self._state.learned_count
        self._watch.refer(posterior.mean, doubt, centre=centre, noise=fit.noise)

    def _follow_changes(self) -> None:
        changed = self._watch.changed()
        if changed:
            for node in changed:
                self._statistics.limit(node, _LEFT_AFTER_CHANGE)
            self._state.evidence_step = _STEP_AFTER_CHANGE
            self._state.next_evidence = self._state.learned_count + _STEP_AFTER_CHANGE
            self._refer()

    def _fade_by_days(self, day: int) -> None:
        half_life, last = self._train.half_life_days, self._state.last_day
        if last is None or day > last:
            self._state.last_day = day
            if half_life is not None and last is not None:
                self._take_in()
                self._statistics.fade(2.0 ** ((last - day) / half_life))

    def _retire(self) -> None:
        retired = False
        while self._statistics.retire():
            retired = True
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
        lengths = np.array([len(context.packed_hashes) >> 3 for context, *_ in waiting])
        hashes = np.frombuffer(b"".join([context.packed_hashes for context, *_ in waiting]), dtype=np.uint64)
        values = np.frombuffer(b"".join([context.packed_values for context, *_ in waiting]))
        first = state.learned_count - len(waiting)
        nodes = [statistics.node(campaign.ancestry, first + i) for i, (_, campaign, _, _) in enumerate(waiting)]
        for campaign in {campaign.key: campaign for _, campaign, _, _ in waiting}.values():
            state.campaigns[campaign.ancestry[-1]] = tuple(zip(campaign.hashes, campaign.values, strict=True))
        found = statistics.columns(hashes)
        rows = np.repeat(np.arange(len(waiting)), lengths)
        places = np.arange(len(hashes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        columns = np.zeros((len(waiting), 2 + int(lengths.max(initial=0))), dtype=np.intp)
        filled = np.zeros(columns.shape)
        columns[:, :2], filled[:, 0] = (CONSTANT, MATCH), 1.0
        columns[rows, 2 + places] = np.maximum(found, 0)
        filled[rows, 2 + places] = np.where(found >= 0, values, 0.0)
        wanted = np.array([campaign.match_hash for _, campaign, _, _ in waiting], dtype=np.uint64)
        filled[:, 1] = np.bincount(rows, values * (hashes == wanted[rows]), len(waiting))
        rewards, weights = np.array([(reward, weight) for _, _, reward, weight in waiting]).T
        statistics.add(np.array(nodes), columns, filled, rewards, weights)
        # What weighs less is history: it says nothing of how the world is now.
        now = weights == 1.0
        self._watch.add(np.array(nodes)[now], columns[now], filled[now], rewards[now])
