"""The terms of a run, as a command line gives them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from banditsvc.cli.failure import USAGE, CommandFailure
from banditsvc.cli.moment import moment
from banditsvc.core.decision_id import is_run_id
from banditsvc.core.run_terms import RunTerms
from banditsvc.core.times import DAY_US
from banditsvc.log_time import log_time

_FARTHEST_AHEAD_DAYS, _FARTHEST_BACK_DAYS = 30, 1
"""How far ahead and back send_time may lie, as for Rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTerms:
    """The options that say what all customers of a run have in common."""

    portfolio_id: str
    run_id: str
    occasion: str
    send_time: str | None
    channel: str
    placement: str
    excluded: Sequence[str]
    defer: bool

    def terms(self) -> RunTerms:
        """Returns the terms, with a run_id and a time of sending where none is given.

        Raises:
            CommandFailure: An option cannot be used.
        """
        now = datetime.now(UTC)
        run_id = self.run_id or f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        if not is_run_id(run_id):
            raise CommandFailure(
                f"--run-id: {run_id!r} is none: small letters, digits and hyphens, at most 63, such as 2026-11-27-email",
                USAGE,
            )
        asked, now_us = moment("--send-time", self.send_time), log_time("now", now)
        send_time_us = now_us if asked is None else log_time("--send-time", asked)
        if not -_FARTHEST_BACK_DAYS * DAY_US <= send_time_us - now_us <= _FARTHEST_AHEAD_DAYS * DAY_US:
            raise CommandFailure("--send-time must be at most 30 days ahead and at most one day back", USAGE)
        return RunTerms(
            run_id=run_id,
            portfolio_id=self.portfolio_id,
            send_time_us=send_time_us,
            now_us=now_us,
            has_send_time=asked is not None,
            occasion=self.occasion,
            channel=self.channel,
            placement=self.placement,
            excluded=tuple(self.excluded),
            defer_activation=self.defer,
        )
