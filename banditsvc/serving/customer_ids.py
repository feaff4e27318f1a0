"""Customer ids of requests: those that were merged mean one customer."""

from __future__ import annotations

from msgspec import structs

from banditsvc.core.decision import RankInput
from banditsvc.core.merges import Merges
from banditsvc.serving.active_portfolios import ActivePortfolios
from banditsvc.serving.known_merges import KnownMerges


class CustomerIds:
    """Says who is meant by the ids of requests, each in the organization of its portfolio."""

    def __init__(self, active: ActivePortfolios, merges: KnownMerges) -> None:
        self._active = active
        self._merges = merges

    def for_survivor(self, asked: RankInput) -> RankInput:
        """Returns a request as if it named the surviving customer; an assignment key of its own stays as it is.

        Raises:
            NotFound: There is no such portfolio.
            BanditError: The merges cannot be read now.
        """
        merges = self._merges_for(asked)
        if not self._merges.has_any:
            return asked
        survivor = merges.survivor(asked.customer_id)
        if survivor == asked.customer_id:
            return asked
        key = "" if asked.assignment_key == asked.customer_id else asked.assignment_key
        return structs.replace(asked, customer_id=survivor, assignment_key=key)

    def ids_of(self, asked: RankInput) -> tuple[str, ...]:
        """Returns all ids that stand for the customer of a request; raises what for_survivor does."""
        return self._merges_for(asked).family(asked.customer_id)

    def _merges_for(self, asked: RankInput) -> Merges:
        return self._merges.of(self._active.get(asked.portfolio_id).portfolio.organization_id)
