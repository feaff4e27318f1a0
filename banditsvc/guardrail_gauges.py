"""Gauges of the guardrails: what has tripped, and how strong the evidence of each breach is."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.serving.guardrail_watch import GuardrailView

_LABELS = ["portfolio", "guardrail"]


class GuardrailGauges:
    """There is one sample for each guardrail of a portfolio that has a limit or has tripped."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tripped = Gauge(
            "banditsvc_guardrail_tripped",
            "1 where this guardrail has turned the portfolio to business as usual, else 0.",
            _LABELS,
            registry=registry,
        )
        self._evidence = Gauge(
            "banditsvc_guardrail_evidence",
            "Evidence of a breach; at 1 the guardrail trips.",
            _LABELS,
            registry=registry,
        )
        self._told: dict[Gauge, set[tuple[str, str]]] = {self._tripped: set(), self._evidence: set()}

    def set(self, portfolio_id: str, view: GuardrailView) -> None:
        """Sets the gauges of one portfolio. What has no limit any more is no longer told."""
        evidence = {reading.guardrail: reading.evidence for reading in view.readings}
        tripped = None if view.tripped is None else view.tripped.value.guardrail
        watched = {*evidence, *([] if tripped is None else [tripped])}
        self._tell(self._tripped, portfolio_id, {guardrail: float(guardrail is tripped) for guardrail in watched})
        self._tell(self._evidence, portfolio_id, evidence)

    def _tell(self, gauge: Gauge, portfolio_id: str, values: dict[Guardrail, float]) -> None:
        told = self._told[gauge]
        for guardrail, value in values.items():
            gauge.labels(portfolio_id, guardrail.name).set(value)
        now = {(portfolio_id, guardrail.name) for guardrail in values}
        for labels in {one for one in told if one[0] == portfolio_id} - now:
            gauge.remove(*labels)
            told.discard(labels)
        told |= now
