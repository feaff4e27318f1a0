"""Files that the tests apply."""

from __future__ import annotations

from pathlib import Path

PORTFOLIO = """
[portfolio]
portfolio_id = "{portfolio_id}"
display_name = "{display_name}"
currency = "EUR"
sandbox = true
[portfolio.reward_spec]
weights = [{{ type = "CONVERSION", measure = "ANY", weight = 1.0 }}]
greatest_reward = 1.0
outcome_window = "1h"
[portfolio.settle_spec]
required_feeds = ["CONVERSION"]
"""
CAMPAIGN = """
[[campaigns]]
campaign_id = "{campaign_id}"
category = "{category}"
"""
POLICY = """
[policy]
epsilon_greedy = {{ epsilon = {epsilon} }}
"""


def write_shop(
    path: Path,
    portfolio_id: str,
    *,
    campaigns: tuple[str, ...] = ("a", "b"),
    display_name: str = "A shop",
    category: str = "shoes",
    epsilon: float = 0.2,
) -> Path:
    """Writes a file with a portfolio, some campaigns and a policy."""
    parts = [PORTFOLIO.format(portfolio_id=portfolio_id, display_name=display_name)]
    parts += [CAMPAIGN.format(campaign_id=campaign_id, category=category) for campaign_id in campaigns]
    parts.append(POLICY.format(epsilon=epsilon))
    path.write_text("".join(parts), encoding="utf-8")
    return path
