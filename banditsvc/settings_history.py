"""Settings history: a portfolio's settings in all versions, to compute with what a decision was made with."""

from __future__ import annotations

from collections.abc import Iterable

from banditsvc.core.decision import Decision
from banditsvc.core.mixture import mixture_probabilities
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import Recorded, Resource
from banditsvc.serving.decision_campaigns import eligible_campaigns
from banditsvc.serving.stored_settings import StoredSettings


class SettingsHistory:
    """The settings of one portfolio in all versions, to compute with what decisions were made with."""

    def __init__(self, resources: Iterable[Recorded[Resource]], portfolio_id: str) -> None:
        self._portfolios: dict[int, Portfolio] = {}
        self._stored = StoredSettings()
        for recorded in resources:
            self._stored.fold(recorded)
            if isinstance(recorded.value, Portfolio) and recorded.value.portfolio_id == portfolio_id:
                self._portfolios[recorded.value.portfolio_version] = recorded.value
        self._state = self._stored.portfolios.get(portfolio_id)
        policies = [] if self._state is None else self._state.policies
        self._policies = {recorded.value.policy_version: recorded.value for recorded in policies}

    def mixture(self, decision: Decision) -> tuple[float, ...] | None:
        """Returns the probabilities over all groups; None as for mixture_probabilities, and where something is unknown."""
        state = self._state
        portfolio = self._portfolios.get(decision.portfolio_version)
        if state is None or portfolio is None or decision.policy_version not in self._policies:
            return None
        campaigns = eligible_campaigns(decision, state)
        if campaigns is None:
            return None
        return mixture_probabilities(decision, self._policies, portfolio, campaigns)
