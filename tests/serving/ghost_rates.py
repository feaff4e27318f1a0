"""How often contacts and ghosts come to customers who are ranked every day under a weekly cap."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ttest_ind

from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.rejection import FunnelStage
from banditsvc.serving.contact_book import ContactBook, Customer
from banditsvc.serving.customer_standing import CustomerStanding
from tests.serving.ghost_traffic import BATCH, open_shop, rank_all


class WithoutGhostCounters(ContactBook):
    """A control: ghosts do not count for ghosts, as where a holdout is only marked and nothing is reserved for it."""

    def standing(self, customer: Customer, *, with_ghosts: bool = False) -> CustomerStanding:  # noqa: ARG002  the parent's
        return super().standing(customer)


@dataclass(frozen=True, slots=True)
class ContactCounts:
    """Contacts of each customer of both groups, ghosts being those of the holdout."""

    target: NDArray[np.int64]
    holdout: NDArray[np.int64]
    capped_target: int
    """Decisions for which the weekly cap rejected something."""
    capped_holdout: int

    @property
    def p_value_of_means(self) -> float:
        """Returns that of Welch's test of equal means; customers are independent of each other."""
        return float(ttest_ind(self.target, self.holdout, equal_var=False).pvalue)

    @property
    def p_value_of_counts(self) -> float:
        """Returns that of the chi-square test that each number of contacts is as likely in both groups."""
        table = self.table()
        return float(chi2_contingency(table[:, table.any(axis=0)]).pvalue)

    def table(self) -> NDArray[np.int64]:
        """Returns how many customers have so many contacts, the target group in the first row."""
        most = int(max(self.target.max(), self.holdout.max()))
        return np.array([np.bincount(counts, minlength=most + 1) for counts in (self.target, self.holdout)])


def contact_counts(
    seed: int, *, customers: int, days: int, book_type: type[ContactBook] = ContactBook
) -> ContactCounts:
    """Ranks customers of whom each could be contacted any day, once a day, and counts from the log."""
    return asyncio.run(_contact_counts(seed, customers, days, book_type))


async def _contact_counts(seed: int, customers: int, days: int, book_type: type[ContactBook]) -> ContactCounts:
    rng = np.random.default_rng(seed)
    shop = await open_shop(seed, book_type=book_type)
    for day in range(days):
        await rank_all(shop, rng, np.ones(customers, dtype=np.bool_), day)
    contacts, capped = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    is_held_out = np.zeros(customers, dtype=np.bool_)
    after = 0
    while batch := shop.log.read_decisions("shop", after, BATCH):
        for decision in (one.value for one in batch):
            number = int(decision.input.customer_id[1:])
            is_held_out[number] = decision.group is AssignmentGroup.HOLDOUT
            contacts[number] += decision.counted_contact is not None
            stages = {rejection.stage for rejection in decision.rejections}
            capped[number] += FunnelStage.CONTACT_POLICY in stages
        after = batch[-1].position
    return ContactCounts(
        contacts[~is_held_out], contacts[is_held_out], int(capped[~is_held_out].sum()), int(capped[is_held_out].sum())
    )
