"""Customer ids of requests: those that were merged mean one customer."""

from __future__ import annotations

from dataclasses import replace

from banditsvc.core.decision import RankInput
from banditsvc.core.merges import Merges
from banditsvc.serving.known_merges import KnownMerges
from banditsvc.serving.resources import Resources


class CustomerIds:
    """Says who is meant by the ids of requests, each in the organization of its portfolio."""

    def __init__(self, resources: Resources, merges: KnownMerges) -> None:
        self._resources = resources
        self._merges = merges

    def for_survivor(self, asked: RankInput) -> RankInput:
        """Returns a request as if it named the surviving customer; an assignment key of its own stays as it is.

        Raises:
            NotFound: There is no such portfolio.
            BanditError: The merges cannot be read now.
        """
        survivor = self.merges_for(asked.portfolio_id).survivor(asked.customer_id)
        if survivor == asked.customer_id:
            return asked
        key = "" if asked.assignment_key == asked.customer_id else asked.assignment_key
        return replace(asked, customer_id=survivor, assignment_key=key)

    def ids_of(self, asked: RankInput) -> tuple[str, ...]:
        """Returns all ids that stand for the customer of a request; raises what for_survivor does."""
        return self.merges_for(asked.portfolio_id).family(asked.customer_id)

    def merges_for(self, portfolio_id: str) -> Merges:
        """Returns the merges that hold for a portfolio; raises what for_survivor does."""
        return self._merges.of(self._resources.portfolio(portfolio_id).value.organization_id)
