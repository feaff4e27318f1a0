"""Gauges of the policies at work: by what each is live."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from banditsvc.serving.policy_standing import Certification


class PolicyGauges:
    """There is one sample for each portfolio and certification."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._certification = Gauge(
            "banditsvc_policy_certification",
            "1 for that by which the policy at work is live, else 0.",
            ["portfolio", "certification"],
            registry=registry,
        )

    def set(self, portfolio_id: str, certification: Certification) -> None:
        """Sets the gauges of one portfolio."""
        for one in Certification:
            self._certification.labels(portfolio_id, one.name).set(float(one is certification))
