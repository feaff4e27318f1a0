"""The terms of a new run, checked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from banditsvc.core.decision_id import is_run_id
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_time import log_time
from banditsvc.usage_error import UsageError


class TermsFault(UsageError):
    """A run cannot have such terms."""


def new_terms(
    portfolio_id: str,
    *,
    run_id: str = "",
    occasion: str = "",
    send_time: datetime | None = None,
    channel: str = "",
    placement: str = "",
    excluded: Sequence[str] = (),
    defer_activation: bool = False,
) -> RunTerms:
    """Returns the terms of a run, with a run_id and a time of sending where none is given.

    Raises:
        TermsFault: The run_id is none.
        ValueError: send_time has no time zone.
    """
    now = datetime.now(UTC)
    chosen = run_id or f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    if not is_run_id(chosen):
        raise TermsFault(
            f"{chosen!r} is no run id: small letters, digits and hyphens, at most 63 of them, such as 2026-11-27-email"
        )
    now_us = log_time("now", now)
    return RunTerms(
        run_id=chosen,
        portfolio_id=portfolio_id,
        send_time_us=now_us if send_time is None else log_time("send_time", send_time),
        now_us=now_us,
        has_send_time=send_time is not None,
        occasion=occasion,
        channel=channel,
        placement=placement,
        excluded=tuple(excluded),
        defer_activation=defer_activation,
    )
