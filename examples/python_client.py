"""A scheduler and a feedback pipeline in a few lines, against the shop that `make run` serves.

Run it with `.venv/bin/python examples/python_client.py [HOST:PORT]`.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from banditsvc.client import Client, check_status
from banditsvc.client.requests import RankArguments

CUSTOMERS: dict[str, dict[str, object]] = {
    "c-1": {"recency_days": 3, "segment": "family", "lifecycle_stage": "ACTIVE"},
    "c-2": {"recency_days": 200, "segment": "student", "lifecycle_stage": "LAPSED"},
    "c-3": {},
}
"""What is known of each customer. Nothing at all is legal."""


def main(address: str) -> None:
    """Ranks a small list, says what went out, and posts one order."""
    # The occasion makes it safe to run the night's job again: the same decisions come back.
    occasion = f"{datetime.now(UTC):%Y-%m-%d}/email"
    requests: list[RankArguments] = [
        {
            "portfolio_id": "shop",
            "customer_id": customer_id,
            "context": context,
            "occasion": occasion,
            "defer_activation": True,
        }
        for customer_id, context in CUSTOMERS.items()
    ]
    with Client(address) as client:
        for result in client.batch_rank(requests).results:
            check_status(result.status)
            decision = result.response.decision
            print(f"{decision.customer_id}: {decision.campaign_id}, probability {decision.selection_probability:.3f}")
            # For NO_CONTACT too: it says that the answer was followed.
            client.activate(decision_id=decision.decision_id, state="SENT")
        answer = client.reward(
            portfolio_id="shop", type="CONVERSION", customer_id="c-1", amount=49.9, occur_time=datetime.now(UTC)
        )
        print(f"the order joins {', '.join(answer.joined_decision_ids) or 'no decision'}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051")
