"""Deciding for an audience: columns in, columns out, each row bit for bit as Rank would decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from msgspec import structs
from numpy.typing import NDArray

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.column_policy import ColumnPolicies, are_finite
from banditsvc.audience.column_rulings import ColumnRulings
from banditsvc.audience.decide_alone import decide_alone, terms_input
from banditsvc.audience.decided_rows import DecidedAlone, DecidedColumns, DecidedRows, PartTerms, ShadowColumns
from banditsvc.audience.funnel_columns import FunnelColumns
from banditsvc.audience.rejection_book import Codes
from banditsvc.audience.rooms_left import RoomsLeft
from banditsvc.audience.row_predictions import RowPredictions
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import NO_CONTACT, CampaignState, CampaignType
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.context_columns import ContextColumns
from banditsvc.core.encoded import EncodedCampaign
from banditsvc.core.funnel_offer import Offer
from banditsvc.core.optimum.priced_rows import PricedRows
from banditsvc.core.reproduce import SELECT, SHADOW
from banditsvc.core.room import Room
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.sampling import choose, uniform_draws
from banditsvc.core.scoring import Scorer
from banditsvc.serving.active_portfolio import ActivePortfolio

_log = structlog.get_logger(__name__)
_Bools = NDArray[np.bool_]

_BLOCK_ROWS = (1 << 10, 1 << 14)
"""Rows decided at a time, at least and at most."""
_BLOCK_ROWS_OF_PAIRS = 1 << 12
"""At most, where campaigns are described with the rows: each pair has as many features as a customer."""
_BLOCK_CELLS = 20 << 14
"""Rows times entries of a block in between: what is worked on stays in the processor's cache, and small."""


def decide_rows(
    active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, rooms: Sequence[Room] = ()
) -> DecidedRows:
    """Returns the decisions for some customers of an audience.

    Each is the one that Rank makes for the same decision_id, context, standing and capacity. Rooms are taken from in
    the order of the rows.

    Raises:
        InvalidRequest: Groups are assigned by channel and the run names none, or a campaign described with a row has
            rules that do not fit.
    """
    return _Part(active, rows, terms, rooms).decide()


@dataclass(frozen=True, slots=True, eq=False)
class PricedPart:
    """Some customers of an audience with what each would choose at prices."""

    labels: tuple[CampaignLabels, ...]
    """Of each entry's campaign."""
    rows: list[PricedRows]


def priced_part(active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, rooms: Sequence[Room] = ()) -> PricedPart:
    """Returns what some customers would choose at prices, each by who or what decides for it.

    Args:
        active: What decides, without prices.
        rows: The customers; candidates name the campaigns that are described with them.
        terms: The run's.
        rooms: What capacities have left when the run starts: what is exhausted then is not eligible.
    """
    return _Part(active, rows, terms, rooms).priced()


class _Part:
    def __init__(self, active: ActivePortfolio, rows: AudienceRows, terms: RunTerms, rooms: Sequence[Room]) -> None:
        self._active, self._rows, self._terms = active, rows, terms
        self._rooms = RoomsLeft(rooms)
        self._asked = structs.replace(terms_input(terms), candidates=_all_candidates(active, rows))
        offer = active.funnel.offer(self._asked)
        campaigns = [offered.candidate.labels.campaign_id for offered in offer.campaigns]
        self._entries = active.entries([one.candidate for one in offer.campaigns if one.dropped is None])
        units = rows.units()
        assigned, assigned_of = active.assign_all(units, terms.channel)
        groups = [one.group for one in assigned]
        self._is_out = np.array([one is AssignmentGroup.HOLDOUT for one in groups], dtype=np.bool_)[assigned_of]
        self._who = 2 * assigned_of + active.are_challenged(units)
        self._funnel = FunnelColumns(
            active.funnel,
            offer,
            self._asked,
            rows,
            held_out=self._is_out if self._is_out.any() else None,
            named=_named(active, rows, offer),
            now_us=terms.now_us,
        )
        self._common = PartTerms(
            offer=offer,
            entries=self._entries,
            campaign_of=np.array([campaigns.index(one) for one in self._entries.ids], dtype=np.intp),
            book=self._funnel.book,
            assigned=assigned,
            assigned_of=assigned_of,
        )
        self._predictions = self._predicting(active.scorer, self._entries.encoded)
        self._shadow_predictions: RowPredictions | None = None
        self._policies = ColumnPolicies(active.portfolio, self._entries, self._asked)
        self._rulings = ColumnRulings(active, self._policies, groups)
        kinds = {one.campaign_id: one.type for one in self._entries.campaigns}
        # Of each pin, and at the end of no pin, whether it goes to who is held out too.
        self._goes_to_all = np.array(
            [*[kinds.get(pin.campaign_id) is CampaignType.TRANSACTIONAL for pin in offer.pins], False]
        )
        self._draws = self._drawn(SELECT)
        self._shadow_draws = self._draws if active.shadow is None else self._drawn(SHADOW)

    def _predicting(self, scorer: Scorer, encoded: Sequence[EncodedCampaign]) -> RowPredictions:
        return RowPredictions(scorer, self._asked, self._rows, self._entries, encoded)

    def decide(self) -> DecidedRows:
        blocks: list[DecidedColumns | DecidedAlone] = []
        start, count, step = 0, len(self._rows), self._block_rows
        while start < count:
            span = slice(start, min(count, start - start % step + step))
            block = self._block(span)
            if isinstance(block, DecidedColumns) and not self._rooms.is_empty:
                stands = self._rooms.take(self._entries.ids, self._contacts(block))
                block = block if stands == span.stop - start else block.head(stands)
            blocks.append(block)
            start = block.span.stop
        return DecidedRows(blocks=blocks, common=self._common)

    def priced(self) -> PricedPart:
        step = self._block_rows
        starts = range(0, len(self._rows), step)
        rows = [self._priced(slice(start, min(len(self._rows), start + step))) for start in starts]
        return PricedPart(self._entries.labels, rows)

    @property
    def _block_rows(self) -> int:
        least, most = _BLOCK_ROWS
        if self._rows.pairs is not None:
            most = _BLOCK_ROWS_OF_PAIRS
        return max(least, min(most, _BLOCK_CELLS // max(1, len(self._entries.ids))))

    def _priced(self, span: slice) -> PricedRows:
        contexts = self._rows.contexts.part(span)
        left = self._funnel.left(span, self._closed())
        mask = left.eligible[:, self._common.campaign_of]
        who, pinned = self._who[span], left.pins >= 0
        predicted = self._predictions.predict(span, contexts, mask)
        # A ghost takes nothing, whatever it would have been.
        is_out = self._is_out[span] & ~self._goes_to_all[left.pins]

        def choose_at(prices: NDArray[np.float64]) -> NDArray[np.float64]:
            priced = replace(predicted, weighted=predicted.weighted - prices)
            chosen = self._rulings.rule(who, priced, mask, pinned, contexts).probabilities
            chosen[is_out] = 0.0
            return chosen

        # Who has no sound prediction is decided for without the model, whatever the prices.
        rewards = np.where(np.isfinite(predicted.weighted), predicted.weighted, 0.0)
        return PricedRows(rewards=rewards, eligible=mask & ~is_out[:, None], choose=choose_at)

    def _block(self, span: slice) -> DecidedColumns | DecidedAlone:
        try:
            return self._columns(span)
        except Exception as failure:  # noqa: BLE001 - whatever failed, Rank has an answer for each row
            portfolio_id = self._active.portfolio.portfolio_id
            _log.error("scoring_failed", portfolio_id=portfolio_id, kind=type(failure).__name__)
        return DecidedAlone(span=span, decisions=decide_alone(self._active, self._rows, self._terms, self._rooms, span))

    def _contacts(self, block: DecidedColumns) -> NDArray[np.intp]:
        """Returns the entry of each row's contact, -1 for none."""
        is_contact = np.array([*[one != NO_CONTACT for one in self._entries.ids], False])
        return np.where(is_contact[block.chosen] & ~block.held_out, block.chosen, -1)

    def _columns(self, span: slice) -> DecidedColumns:
        contexts = self._rows.contexts.part(span)
        left = self._funnel.left(span, self._closed())
        mask = left.eligible[:, self._common.campaign_of]
        predicted = self._predictions.predict(span, contexts, mask)
        ruled = self._rulings.rule(self._who[span], predicted, mask, left.pins >= 0, contexts)
        chosen = ruled.drawn(self._draws[span])
        return DecidedColumns(
            span=span,
            codes=left.codes,
            pins=left.pins,
            eligible=mask,
            probabilities=ruled.probabilities,
            predicted=predicted.rewards,
            has_predicted=ruled.has_predicted,
            deviations=predicted.deviations,
            chosen=chosen,
            decided_by=ruled.decided_by,
            policy_versions=ruled.policy_versions,
            explored=ruled.explored(predicted, mask, chosen),
            held_out=self._is_out[span] & ~self._goes_to_all[left.pins],
            shadow=self._shadow(span, contexts, mask & (left.pins < 0)[:, None]),
        )

    def _shadow(self, span: slice, contexts: ContextColumns, mask: _Bools) -> ShadowColumns | None:
        """Returns what the shadow says of rows for which nothing is forced; whatever fails in it, it is not heard."""
        shadow = self._active.shadow
        if shadow is None or not mask.size:
            return None
        try:
            if self._shadow_predictions is None:
                encoded = shadow.entries(self._entries)
                self._shadow_predictions = self._predicting(shadow.scorer, encoded)
            predicted = self._shadow_predictions.predict(span, contexts, mask)
            learned = shadow.scorer.model.learned
            probabilities, is_sound = self._policies.by_policy(
                shadow.policy, learned, predicted, mask, contexts, is_finite=are_finite(predicted.rewards, mask)
            )
        except Exception as failure:  # noqa: BLE001 - whatever fails in a shadow must not touch the answer
            shadow.tell(self._active.portfolio, type(failure).__name__)
            return None
        return ShadowColumns(
            policy=shadow.policy,
            model=shadow.model,
            is_there=is_sound & mask.any(axis=1),
            chosen=choose(probabilities, self._shadow_draws[span]),
            probabilities=probabilities,
            predicted=predicted.rewards,
            deviations=predicted.deviations,
        )

    def _closed(self) -> Codes | None:
        """Returns the code of each campaign that fits into some room no more."""
        if self._rooms.is_empty:
            return None
        send_time_us, book = self._terms.send_time_us, self._common.book
        codes = np.zeros(len(self._common.offer.campaigns), dtype=np.uint16)
        for place, offered in enumerate(self._common.offer.campaigns):
            labels = offered.candidate.labels
            name = None if offered.candidate.is_no_contact else self._rooms.exhausted(labels, send_time_us)
            if name is not None:
                codes[place] = book.code(self._rooms.rejection(labels.campaign_id, name))
        return codes

    def _drawn(self, purpose: str) -> NDArray[np.float64]:
        return uniform_draws(self._active.portfolio.salt, purpose, self._terms.run_id, self._rows.rows, 0)


def _all_candidates(active: ActivePortfolio, rows: AudienceRows) -> tuple[str, ...]:
    """Returns all campaigns that some row is about; none stands for the live ones."""
    if not rows.candidate_ids or rows.candidates is None or rows.candidates.any(axis=1).all():
        return rows.candidate_ids
    return tuple(dict.fromkeys([*rows.candidate_ids, *_live(active)]))


def _live(active: ActivePortfolio) -> list[str]:
    return [one.campaign_id for one in active.catalogue.values() if one.state is CampaignState.LIVE]


def _named(active: ActivePortfolio, rows: AudienceRows, offer: Offer) -> _Bools | None:
    """Returns which of the offer's campaigns each row is about; None: all."""
    if rows.candidates is None or not rows.candidate_ids:
        return None
    ids = [offered.candidate.labels.campaign_id for offered in offer.campaigns]
    names_none: _Bools = ~np.logical_or.reduce(rows.candidates, axis=1)
    named = np.zeros((len(rows), len(ids)), dtype=np.bool_)
    for place, campaign_id in enumerate(rows.candidate_ids):
        named[:, ids.index(campaign_id)] = rows.candidates[:, place]
    live = set(_live(active))
    named |= names_none[:, None] & np.array([one in live for one in ids])
    if active.portfolio.allow_no_contact and NO_CONTACT in ids:
        named[:, ids.index(NO_CONTACT)] = True
    return named
