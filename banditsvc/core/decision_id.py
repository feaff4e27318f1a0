"""Decision ids that derive from what a decision is for."""

from __future__ import annotations

from hashlib import blake2b


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


DRY_RUN_PREFIX = "dry-run-"
"""Ids of dry runs begin so; no other call accepts them."""
