"""Decision ids that derive from what a decision is for."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NamedTuple


def decision_id_of(
    portfolio_id: str, customer_id: str, occasion: str, supersedes: str = "", *, is_test: bool = False
) -> str:
    """Returns the id of the decision for a customer on an occasion: the same for every repeat of the call.

    "d-" and 40 hexadecimal digits: the 160-bit BLAKE2b hash of the four texts, and of "test" for a test, each preceded by its length in bytes,
    so that different texts are different messages.

    Args:
        portfolio_id: The portfolio's.
        customer_id: The customer's.
        occasion: The moment the decision is for; not empty.
        supersedes: The decision that this one replaces, if any.
        is_test: True for a test, which has an id of its own.
    """
    texts = [text.encode("utf-8", "surrogatepass") for text in (portfolio_id, customer_id, occasion, supersedes)]
    if is_test:
        texts.append(b"test")
    message = b"".join([b"%d:%b" % (len(text), text) for text in texts])
    return "d-" + blake2b(message, digest_size=20).hexdigest()


def historical_id_of(portfolio_id: str, customer_id: str, campaign_id: str, send_time_us: int) -> str:
    """Returns the id of a past send: the same whenever it is imported.

    "h-" and 40 hexadecimal digits, made like decision_id_of of the three ids and send_time in microseconds.
    """
    texts = [text.encode("utf-8", "surrogatepass") for text in (portfolio_id, customer_id, campaign_id)]
    message = b"".join([b"%d:%b" % (len(text), text) for text in [*texts, b"%d" % send_time_us]])
    return "h-" + blake2b(message, digest_size=20).hexdigest()


class AudienceRow(NamedTuple):
    """A row of an audience's run."""

    run_id: str
    row: int


def audience_decision_id(run_id: str, row: int) -> str:
    """Returns the id of the decision for a row of an audience's run: "run_id/row"."""
    return f"{run_id}/{row}"


def audience_row_of(decision_id: str) -> AudienceRow | None:
    """Returns the run and the row of a decision's id, None where it is no row's: callers' own ids have no "/"."""
    run_id, slash, digits = decision_id.partition("/")
    if not slash or _RUN_ID.fullmatch(run_id) is None or _ROW.fullmatch(digits) is None:
        return None
    return AudienceRow(run_id, int(digits))


def is_run_id(text: str) -> bool:
    """Returns whether a text may be the id of a run: a small letter or digit, then at most 62 of these or hyphens."""
    return _RUN_ID.fullmatch(text) is not None


_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_ROW = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)

DRY_RUN_PREFIX = "dry-run-"
"""Ids of dry runs begin so; no other call accepts them."""
