"""What Rank decides with: one immutable object per portfolio, swapped by one assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.assignment import Assigned, Assignments
from banditsvc.core.campaign import Campaign
from banditsvc.core.capacity_left import CapacityLeft
from banditsvc.core.decision import RankInput
from banditsvc.core.funnel import CompiledFunnel, EligibleSet
from banditsvc.core.funnel_candidate import FunnelCandidate
from banditsvc.core.model import Model
from banditsvc.core.organization import Organization
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.portfolio_prices import PortfolioPrices
from banditsvc.core.sampling import Keys
from banditsvc.core.scoring import Scorer
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.serving.customer_standing import CustomerStanding
from banditsvc.serving.inline_check import InlineCheck
from banditsvc.serving.prepared_set import PreparedSet
from banditsvc.serving.prepared_sets import OfferSets, PreparedSets
from banditsvc.serving.shadow import Shadow


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ActivePortfolio:
    """A portfolio's settings, catalogue, policy and model as of one moment."""

    organization: Organization
    portfolio: Portfolio
    catalogue: dict[str, Campaign]
    catalogue_version: int
    funnel: CompiledFunnel
    """Of this organization, portfolio and catalogue."""
    policy: Policy
    model: Model
    encoder_version: int
    """Version of the encoder that the model was learned with."""
    scorer: Scorer
    shadow: Shadow | None = None
    """What decides alongside, if anything does."""
    challenger: Policy | None = None
    """The policy on trial, and so split; None where none is, and where no policy decides in the portfolio's phase."""
    split: TrafficSplit | None = None
    prices: PortfolioPrices | None = None
    """What limits over all customers take from weighted rewards; None where there are none, or for other limits."""
    is_tripped: bool = False
    """Whether a guardrail has turned it to business as usual."""
    _assignments: Assignments = field(init=False)
    _sets: PreparedSets = field(init=False)
    _inline: InlineCheck = field(init=False)

    def __post_init__(self) -> None:
        """Starts with empty caches."""
        assignments = Assignments(self.organization.assignments, self.portfolio.assignments)
        object.__setattr__(self, "_assignments", assignments)
        object.__setattr__(self, "_sets", PreparedSets(self.scorer, self.catalogue, self.prices))
        object.__setattr__(self, "_inline", InlineCheck(self.portfolio.context_schema))

    def check_inline(self, asked: RankInput) -> None:
        """Checks the campaigns that a request gives inline; to be called before prepared_set.

        Raises:
            InvalidRequest: Their rules or pins do not parse, do not fit the context schema or can never match.
        """
        self._inline.check(asked)

    def assign(self, assignment_key: str, channel: str) -> Assigned:
        """Returns the group of a customer.

        Raises:
            InvalidRequest: Groups are assigned by channel, and none is named.
        """
        return self._assignments.assign(assignment_key, channel)

    def assign_all(self, assignment_keys: Keys, channel: str) -> tuple[list[Assigned], NDArray[np.intp]]:
        """Returns the distinct groups of some customers, and the place of each one's among them; errors as assign."""
        return self._assignments.assign_all(assignment_keys, channel)

    def are_challenged(self, assignment_keys: Keys) -> NDArray[np.bool_]:
        """Returns is_challenged of each customer."""
        if self.split is None:
            return np.zeros(len(assignment_keys), dtype=np.bool_)
        return self.split.is_challenged(self.portfolio.salt, assignment_keys)

    def is_challenged(self, assignment_key: str) -> bool:
        """Returns whether a customer is one of those for whom the policy on trial decides."""
        split = self.split
        return split is not None and split.version_for(self.portfolio.salt, assignment_key) == split.challenger_version

    def entries(self, candidates: Sequence[FunnelCandidate]) -> PreparedSet:
        """Returns all entries of some candidates, by campaign_id, as a set in which none is dropped."""
        return self._sets.prepare(EligibleSet(candidates=tuple(candidates), rejections=()))

    def prepared_set(
        self,
        asked: RankInput,
        standing: CustomerStanding,
        now_us: int,
        ledgers: Sequence[CapacityLeft],
        *,
        is_held: bool = False,
    ) -> PreparedSet:
        """Returns what a customer may get, shared with every request for which it is the same.

        Args:
            asked: The request.
            standing: What is on record of the customer.
            now_us: Log time, up to which contacts that wait to be activated count.
            ledgers: What capacity is left, of the organization and of the portfolio, loaded for send_time.
            is_held: Whether an audience's run holds the counters that the standing is made of.
        """
        sets = self._offer_sets(asked)
        offer = sets.offer
        is_usual = (
            not (standing.contacts or standing.consents or asked.consents or ledgers or offer.questions or is_held)
            and self.funnel.quiet_times.is_empty
        )
        if is_usual and sets.usual is not None:
            return sets.usual
        seen = self.funnel.circumstances(offer, asked, standing.contacts, standing.consents, now_us)
        if is_held:
            seen = seen._replace(is_held=True)
        left = [ledger.version(asked.send_time_us) for ledger in ledgers if not ledger.is_empty]
        key = (seen, tuple(left))
        prepared = sets.by_circumstances.get(key)
        if prepared is None:
            eligible = self.funnel.eligible_set(offer, seen, asked.send_time_us, ledgers)
            prepared = self._sets.keep_set(sets, key, eligible)
        if is_usual:
            sets.usual = prepared
        return prepared

    def _offer_sets(self, asked: RankInput) -> OfferSets:
        key = (
            asked.candidates,
            asked.excluded,
            asked.channel,
            asked.placement,
            asked.forced_campaign_id,
            asked.force_reason,
        )
        try:
            sets = self._sets.find(key, asked.send_time_us)
        except TypeError:  # a campaign given inline has no hash
            return OfferSets(self.funnel.offer(asked), is_kept=False)
        if sets is not None:
            return sets
        return self._sets.keep_offer(key, self.funnel.offer(asked), len(asked.candidates) + len(asked.excluded))
