"""Checks what nobody is to get: who mistypes it would send it."""

from __future__ import annotations

from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

from banditsvc.audience.source.candidate_lists import excludable
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_file import read_log_file
from banditsvc.serving.active_as_of import settings_as_of
from banditsvc.usage_error import UsageError


def check_excluded(data: Path, terms: RunTerms) -> None:
    """Checks that the catalogue has the campaigns that a run excludes.

    Raises:
        UsageError: It lacks one.
        BanditError: The log cannot be read.
    """
    if not terms.excluded:
        return
    with closing(read_log_file(data)) as log:
        campaigns = settings_as_of(log, log.watermark().position).state(terms.portfolio_id).campaigns
    known = excludable(tuple(campaigns))
    for campaign_id in terms.excluded:
        if campaign_id not in known:
            close = get_close_matches(campaign_id, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise UsageError(
                f"--exclude {campaign_id}: portfolio {terms.portfolio_id} has no such campaign{hint}; nothing was decided"
            )
