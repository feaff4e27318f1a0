"""The id of an outcome that comes without one."""

from __future__ import annotations

from hashlib import blake2b

from banditsvc.core.outcome import Outcome


def outcome_id_of(outcome: Outcome) -> str:
    """Returns the id that stands for an outcome's content: the same outcome posted twice gets the same id.

    It is "auto-" and 32 hexadecimal digits of BLAKE2b over portfolio, type, custom type, subject, campaign, refunded
    outcome, occur_time in microseconds, amount (17 digits) and machine, and the channel where it is set, each preceded
    by its length. The revision is left out, so a restated outcome must carry an id of its own.
    """
    fields = [
        outcome.portfolio_id,
        outcome.type.name,
        outcome.custom_type,
        outcome.decision_id,
        outcome.customer_id,
        outcome.campaign_id,
        outcome.refunded_outcome_id,
        str(outcome.occur_time_us),
        "" if outcome.amount is None else format(outcome.amount, ".17g"),
        "machine" if outcome.machine else "",
    ]
    if outcome.channel:
        fields.append(outcome.channel)
    digest = blake2b(digest_size=16)
    for field in fields:
        encoded = field.encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return f"auto-{digest.hexdigest()}"
