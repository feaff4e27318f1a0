"""Checks the terms of a run against the catalogue: who mistypes one would send too much, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

from banditsvc.audience.source.candidate_lists import excludable
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.usage_error import UsageError


def check_terms(data: Path, terms: RunTerms) -> None:
    """Checks that the catalogue has the campaigns that a run excludes, and some for its channel and its placement.

    Raises:
        UsageError: It lacks one.
        BanditError: The log cannot be read.
    """
    if not (terms.excluded or terms.channel or terms.placement):
        return
    with closing(read_log_file(data)) as log:
        kept = settings_as_of(log, log.watermark().position).state(terms.portfolio_id).campaigns
    campaigns = [one.campaign for one in kept.values()]
    known = excludable(tuple(kept))
    for campaign_id in terms.excluded:
        if campaign_id not in known:
            _refuse(terms, "exclude", campaign_id, "has no such campaign", known)
    channels = {one.channel for one in campaigns}
    # What names no channel, or no placement, is for any.
    if terms.channel and campaigns and not channels & {terms.channel, ""}:
        _refuse(terms, "channel", terms.channel, "has no campaign on this channel", channels)
    placements = [one.placements for one in campaigns]
    if terms.placement and campaigns and not any(not ones or terms.placement in ones for ones in placements):
        every = {one for ones in placements for one in ones}
        _refuse(terms, "placement", terms.placement, "has no campaign for this placement", every)


def _refuse(terms: RunTerms, option: str, given: str, lack: str, known: Iterable[str]) -> None:
    names = sorted(known)
    close = get_close_matches(given, names, n=1) or [one for one in names if one.casefold() == given.casefold()]
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise UsageError(f"--{option} {given}: portfolio {terms.portfolio_id} {lack}{hint}; nothing was decided")
