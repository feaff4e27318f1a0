"""The funnel on columns: what each of many customers may get, with the rejections of Rank.

What drops a campaign is told by the funnel of Rank itself, asked once for each first rule that fails and each standing
that occurs; which rule fails first for whom is found by columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.rejection_book import ELIGIBLE, NOT_NAMED, Codes, RejectionBook
from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.column_codes import distinct_numbers
from banditsvc.core.context import CustomerContext
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.decision import RankInput
from banditsvc.core.funnel import LONE_NO_CONTACT, Circumstances, CompiledFunnel
from banditsvc.core.funnel_offer import ALWAYS_FAILED, Offer, OfferedCampaign, excluded
from banditsvc.core.rules import RuleColumns, compile_columns
from banditsvc.core.rules.context_rule_columns import context_rule_columns
from banditsvc.core.rules.fields import Source

_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Left:
    """What is left of the offered campaigns for some rows."""

    codes: Codes
    """Shape (campaigns, rows): ELIGIBLE, or why not; see RejectionBook."""
    eligible: _Bools
    """Shape (rows, campaigns): what may be chosen, after pins."""
    pins: NDArray[np.int64]
    """Of each row the place of its pin among the offer's, -1 for none."""


class FunnelColumns:
    """The funnel of some rows that are asked about alike."""

    def __init__(
        self,
        funnel: CompiledFunnel,
        offer: Offer,
        asked: RankInput,
        rows: AudienceRows,
        *,
        held_out: _Bools | None,
        named: _Bools | None,
        now_us: int,
    ) -> None:
        """Asks all rules.

        Args:
            funnel: The funnel.
            offer: Of all campaigns that some row is about.
            asked: What is the same for all rows.
            rows: The customers.
            held_out: Who is in the group HOLDOUT, and so meets the contacts of ghosts; None for nobody.
            named: Which of the offer's campaigns each row is about, shape (rows, campaigns); None: all.
            now_us: Log time up to which contacts that wait to be activated count.
        """
        self.offer = offer
        self.book = RejectionBook()
        self._funnel = funnel
        self._asked = asked
        self._rows = len(rows)
        self._failed = _failed(offer, asked, rows.contexts)
        self._seen, self._seen_of = self._circumstances(rows, held_out, now_us)
        self._codes = np.empty((len(offer.campaigns), self._rows), dtype=np.uint16)
        for place, offered in enumerate(offer.campaigns):
            self._codes[place] = self._codes_of(offered)
            out = _excluding(rows, offered)
            if out is not None:
                self._codes[place] = np.where(out, self._codes_of(excluded(offered)), self._codes[place])
            if named is not None:
                self._codes[place, ~named[:, place]] = NOT_NAMED
        ids = [offered.candidate.labels.campaign_id for offered in offer.campaigns]
        self._no_contact = ids.index(NO_CONTACT) if NO_CONTACT in ids else -1
        self._pins = [(ids.index(pin.campaign_id), pin.bit) for pin in offer.pins]

    def left(self, span: slice, closed: Codes | None = None) -> Left:
        """Returns what is left for some rows where some campaigns have no capacity left.

        Args:
            span: The rows.
            closed: Code of each campaign that fits into no capacity any more, ELIGIBLE of the others; None: all fit.
        """
        codes = self._codes[:, span]
        if closed is not None:
            codes = np.where(codes == ELIGIBLE, closed[:, None], codes)
        is_whole = self.book.drops_none(codes)
        eligible = np.ones(codes.T.shape, dtype=np.bool_) if is_whole else np.ascontiguousarray((codes == ELIGIBLE).T)
        if self._no_contact >= 0:
            codes, eligible = self._without_lone(codes, eligible)
        pins = np.full(len(eligible), -1, dtype=np.int64)
        for place, (campaign, bit) in enumerate(self._pins):
            holds = eligible[:, campaign] & (pins < 0)
            if bit:
                holds &= ~self._failed[bit][span]
            pinned = np.flatnonzero(holds)
            pins[pinned] = place
            eligible[pinned] = False
            eligible[pinned, campaign] = True
        return Left(codes=codes, eligible=eligible, pins=pins)

    def _without_lone(self, codes: Codes, eligible: _Bools) -> tuple[Codes, _Bools]:
        """Takes NO_CONTACT away where nothing else is left."""
        lone = np.flatnonzero(eligible[:, self._no_contact] & (np.count_nonzero(eligible, axis=1) == 1))
        if len(lone):
            codes = codes.copy()
            codes[self._no_contact, lone] = self.book.code(LONE_NO_CONTACT)
            eligible[lone] = False
        return codes, eligible

    def _circumstances(
        self, rows: AudienceRows, held_out: _Bools | None, now_us: int
    ) -> tuple[list[Circumstances], NDArray[np.intp]]:
        """Returns what standings come to, and which of it holds for each row."""
        standings = rows.standings
        count = len(standings.distinct)
        zones, said = rows.contexts.time_zone, rows.consents
        if self._funnel.quiet_times.is_empty:
            zones = None
        keys = standings.codes if held_out is None else standings.codes + count * held_out
        zone_codes = np.full(self._rows, -1) if zones is None else zones.codes
        words = np.zeros(self._rows, dtype=np.int64) if said is None else said.codes
        widths = 1 + (0 if zones is None else len(zones.names)), 1 if said is None else len(said.distinct)
        used, of_row = distinct_numbers((keys * widths[0] + zone_codes + 1) * widths[1] + words)
        unasked = replace(self.offer, questions=())
        places: dict[Circumstances, int] = {}
        mine = np.empty(len(used), dtype=np.intp)
        for place, whole in enumerate(used.tolist()):
            rest, word = divmod(whole, widths[1])
            key, zone = divmod(rest, widths[0])
            one = standings.distinct[key] if key < count else standings.with_ghosts[key - count]
            asked = self._asked
            if zones is not None or said is not None:
                context = CustomerContext(time_zone=zones.names[zone - 1] if zones is not None and zone else None)
                asked = structs.replace(asked, context=context, consents=() if said is None else said.distinct[word])
            seen = self._funnel.circumstances(unasked, asked, one.contacts, one.consents, now_us)
            mine[place] = places.setdefault(seen, len(places))
        return list(places), mine[of_row]

    def _codes_of(self, offered: OfferedCampaign) -> Codes:
        """Returns the code of one campaign for each row."""
        # 0: no rule fails; else the number of the first that does.
        first = np.zeros(self._rows if offered.bits else 1, dtype=np.uint16)
        for place in reversed(range(len(offered.bits))):
            bit = offered.bits[place]
            if bit == ALWAYS_FAILED:
                first[:] = place + 1
            else:
                first[self._failed[bit]] = place + 1
        keys = first if len(self._seen) == 1 else first.astype(np.intp) * len(self._seen) + self._seen_of
        table = np.zeros((len(offered.bits) + 1) * len(self._seen), dtype=np.uint16)
        for key in np.flatnonzero(np.bincount(keys)).tolist():
            number, place = divmod(key, len(self._seen))
            failed = ALWAYS_FAILED | (offered.bits[number - 1] if number else 0)
            seen = self._seen[place]._replace(failed=failed)
            table[key] = self.book.code(self._funnel.rejection(offered, seen, self._asked.send_time_us, ()))
        return table[keys]


def _excluding(rows: AudienceRows, offered: OfferedCampaign) -> _Bools | None:
    """Returns which rows exclude a campaign of their own accord; None where none can."""
    campaign_id = offered.candidate.labels.campaign_id
    if rows.excluded is None or campaign_id not in rows.excluded_ids:
        return None
    return rows.excluded[:, rows.excluded_ids.index(campaign_id)]


def _failed(offer: Offer, asked: RankInput, contexts: ContextColumns) -> dict[int, _Bools]:
    """Returns, by the bit of each question, for which rows the answer is no."""
    fields = {field for question in offer.questions if question.parsed for field in question.parsed.fields}
    of_all = context_rule_columns(fields, contexts, asked)
    failed: dict[int, _Bools] = {}
    for bit, _, campaign, parsed in offer.questions:
        if parsed is None:
            failed[bit] = np.ones(contexts.rows, dtype=np.bool_)
            continue
        columns = of_all
        if campaign is not None:
            own = context_rule_columns(
                [one for one in parsed.fields if one.source is Source.CAMPAIGN], contexts, asked, campaign
            )
            columns = RuleColumns(contexts.rows, {**of_all.columns, **own.columns})
        failed[bit] = ~compile_columns(parsed)(columns)
    return failed
