"""Prometheus metrics of one serving process. No label carries anything of a customer."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from operator import attrgetter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.entropy import normalized_entropies
from banditsvc.core.outcome import OutcomeStatus
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.rpc.histogram_of_many import HistogramOfMany

_LATENCY_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_ENTROPY_BUCKETS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

_kind_of = attrgetter("result", "decided_by")


class Metrics:
    """All metrics of the service, in the registry given. Gauges are set by whoever knows the value."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.rpc_seconds = Histogram(
            "banditsvc_rpc_seconds",
            "Time from a parsed message to its answer, by RPC.",
            ["rpc"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self.requests = Counter(
            "banditsvc_requests", "Answered calls by RPC and code.", ["rpc", "code"], registry=registry
        )
        self.in_flight = Gauge("banditsvc_in_flight", "Calls being answered now.", registry=registry)
        self.decisions = Counter(
            "banditsvc_decisions",
            "New decisions but for tests and dry runs.",
            ["result", "decided_by"],
            registry=registry,
        )
        self.replays = Counter("banditsvc_replays", "Rank calls answered from the log.", registry=registry)
        self.fallbacks = Counter(
            "banditsvc_fallbacks",
            "New decisions by business as usual because something learned had failed.",
            registry=registry,
        )
        self.entropy = HistogramOfMany(
            "banditsvc_selection_entropy",
            "Entropy of the selection probabilities over its greatest value, of new decisions among two and more.",
            _ENTROPY_BUCKETS,
            registry,
        )
        self.outcomes = Counter(
            "banditsvc_outcomes", "Posted outcomes by what became of them.", ["status"], registry=registry
        )
        self.rejections = Counter(
            "banditsvc_rejections",
            "Campaigns dropped from new decisions but for tests and dry runs, by the stage of the funnel.",
            ["portfolio_id", "stage"],
            registry=registry,
        )
        self.unseen_values = Counter(
            "banditsvc_unseen_values",
            "Values met for the first time that the served model has never learned from; see renamed_from.",
            ["portfolio_id", "kind"],
            registry=registry,
        )
        self._kinds: dict[tuple[Result, DecidedBy], Counter] = {}
        self._statuses: dict[OutcomeStatus, Counter] = {}
        self._stages: dict[tuple[str, FunnelStage], Counter] = {}
        self._add_learning_gauges(registry)

    def _add_learning_gauges(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"banditsvc_{name}", text, ["portfolio", *labels], registry=registry)

        self.unsettled = gauge("unsettled_decisions", "Decisions that are not settled yet.")
        self.learner_lag_seconds = gauge("learner_lag_seconds", "Log time that settling is behind.")
        self.learner_lag_decisions = gauge("learner_lag_decisions", "Decisions that are due and not learned from.")
        self.feed_lag_seconds = gauge("feed_lag_seconds", "Age of the newest complete_through of a feed.", "type")
        self.lapsed = gauge("lapsed_decisions", "Decisions left unlearned because their feed was late; see grace.")
        self.drift = gauge(
            "world_changes", "How often the drift watch found the world changed; world_changed in the log."
        )
        self.clipped = gauge("clipped_rewards", "Learned rewards outside least_reward and greatest_reward.")
        self.feature_values = gauge("feature_values", "Feature values that the served model's scorer has met.")
        self.learned_count = gauge("model_learned_decisions", "Decisions that the served model has learned from.")

    def note_decisions(self, decisions: Sequence[Decision]) -> None:
        """Counts new decisions, but for tests."""
        counted = [decision for decision in decisions if not decision.input.is_test]
        for kind, count in Tally(map(_kind_of, counted)).items():
            counter = self._kinds.get(kind)
            if counter is None:
                counter = self._kinds[kind] = self.decisions.labels(kind[0].name, kind[1].name)
            counter.inc(count)
            if kind[1] is DecidedBy.FALLBACK:
                self.fallbacks.inc(count)
        chosen_by_draw = [one.selection_probabilities for one in counted if len(one.selection_probabilities) > 1]
        if chosen_by_draw:
            self.entropy.observe(normalized_entropies(chosen_by_draw))
        for decision in counted:
            if decision.rejections:
                self._note_rejections(decision.input.portfolio_id, decision.rejections)

    def _note_rejections(self, portfolio_id: str, rejections: tuple[Rejection, ...]) -> None:
        for stage, count in Tally([rejection.stage for rejection in rejections]).items():
            key = (portfolio_id, stage)
            counter = self._stages.get(key)
            if counter is None:
                counter = self._stages[key] = self.rejections.labels(portfolio_id, stage.name)
            counter.inc(count)

    def note_unseen(self, portfolio_id: str, kind: str) -> None:
        """Counts a value that the served model has never learned from."""
        self.unseen_values.labels(portfolio_id, kind).inc()

    def note_outcomes(self, statuses: Sequence[OutcomeStatus]) -> None:
        """Counts posted outcomes."""
        for status, count in Tally(statuses).items():
            counter = self._statuses.get(status)
            if counter is None:
                counter = self._statuses[status] = self.outcomes.labels(status.name)
            counter.inc(count)
