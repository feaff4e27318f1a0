"""Settings draft: changes made on a copy, so that they can be checked as a whole before any is stored."""

from __future__ import annotations

from banditsvc.core.organization import Organization
from banditsvc.ports import Recorded, Resource
from banditsvc.serving.stored_settings import StoredSettings


class SettingsDraft:
    """The stored settings with changes; only the portfolios that change are copied."""

    def __init__(self, stored: StoredSettings, now_us: int = 0) -> None:
        self.before = stored
        self.now_us = now_us
        """Log time, or a little before."""
        self.after = StoredSettings(dict(stored.organizations), dict(stored.portfolios))
        self.records: list[Resource] = []
        """What is to be stored, in order."""
        self.changed: dict[str, None] = {}
        """Ids of the portfolios that change, in order."""
        self.override_reasons: dict[str, str] = {}
        """Why the policy of a portfolio goes live without a certificate, by portfolio_id; of those where it is said."""
        self._paths: dict[tuple[str, ...], str] = {}

    def store(self, resource: Resource) -> None:
        """Makes one change."""
        if not isinstance(resource, Organization) and resource.portfolio_id not in self.changed:
            self.changed[resource.portfolio_id] = None
            state = self.after.portfolios.get(resource.portfolio_id)
            if state is not None:
                self.after.portfolios[resource.portfolio_id] = state.copy()
        self.after.fold(Recorded(0, 0, resource))
        self.records.append(resource)

    def override(self, portfolio_id: str, reason: str) -> None:
        """Says why the policy of a portfolio goes live without a certificate; an empty text says nothing."""
        if reason:
            self.override_reasons[portfolio_id] = reason

    def name(self, path: str, kind: str, *ids: str) -> None:
        """Says where in the request something stands, so that what is wrong with it is told by that path."""
        self._paths[kind, *ids] = path

    def path(self, kind: str, *ids: str) -> str:
        """Returns where something stands in the request; kind is `portfolio`, `campaign` or `policy`."""
        return self._paths.get((kind, *ids), kind)
