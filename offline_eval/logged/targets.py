"""Simple targets: policies that need no model, as the probability of each entry of a log.

A target is a function of logged decisions that returns the probability of each of their entries; see policy_on_log for the
policies of the service.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from offline_eval.intervals import Floats
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Logged
from offline_eval.logged.policy_on_log import alike, equal_parts_on_log

Target = Callable[[Logged], Floats]
"""Returns the target probability of each entry; NaN where it is not known."""


def as_logged(logged: Logged) -> Floats:
    """Returns the probabilities that were logged: the policy that made the log, so that every weight is 1."""
    found = logged.entries.probability.copy()
    found[logged.chosen] = logged.probability
    return found


def uniform(logged: Logged) -> Floats:
    """Returns an equal draw of the eligible campaigns, and of each of its treatments.

    Raises:
        LogRefused: The log tells of its decisions only what was chosen.
    """
    _check_sets(logged, "an equal draw")
    found = np.empty(len(logged.entries))
    for _, places in alike(logged):
        found[places] = 1.0 / equal_parts_on_log(logged, places)
    return found


def always(campaign_id: str) -> Target:
    """Returns the target that chooses a campaign wherever it is eligible, its treatments alike; elsewhere the logged policy goes on.

    So each decision counts, and what differs from the logged policy is the campaign alone.
    """

    def target(logged: Logged) -> Floats:
        campaign, start = logged.entries.campaign, logged.entries.start
        _check_known(logged, campaign_id)
        mine = campaign.is_name(campaign_id).astype(np.float64)
        count = logged.entries.total(mine)
        by_campaign = mine / np.maximum(np.repeat(count, np.diff(start)), 1.0)
        if _has_sets(logged):
            return np.where(np.repeat(count > 0.0, np.diff(start)), by_campaign, as_logged(logged))
        return by_campaign

    return target


def without(campaign_id: str) -> Target:
    """Returns the target that does as was logged but never chooses a campaign: its probability goes to what else was eligible,
    in proportion. Where nothing else had a chance it stays.

    What the logged policy earned more than it is what a rule would cost that keeps the campaign back.
    """

    def target(logged: Logged) -> Floats:
        _check_known(logged, campaign_id)
        _check_sets(logged, f"a policy without {campaign_id!r}")
        found, size = as_logged(logged), np.diff(logged.entries.start)
        rest = np.where(logged.entries.campaign.is_name(campaign_id), 0.0, found)
        left = np.repeat(logged.entries.total(rest), size)
        return np.asarray(np.where(left == 0.0, found, rest / np.where(left == 0.0, 1.0, left)))

    return target


def column(name: str) -> Target:
    """Returns the target whose probabilities are a column of the log itself."""

    def target(logged: Logged) -> Floats:
        if name not in logged.targets:
            known = ", ".join(sorted(logged.targets)) or "none"
            raise LogRefused(f"the log was read without target probabilities {name!r}; it has {known}")
        return logged.targets[name]

    return target


def _has_sets(logged: Logged) -> bool:
    """Returns whether the log tells what else was eligible."""
    return bool((logged.entries.size > 1).any() or (logged.probability == 1.0).all())


def _check_known(logged: Logged, campaign_id: str) -> None:
    names = logged.entries.campaign.names
    if campaign_id not in names and len(logged):
        known = ", ".join(sorted(names)[:20])
        raise LogRefused(f"campaign {campaign_id!r} is nowhere in the log; it has {known}")


def _check_sets(logged: Logged, what: str) -> None:
    if not _has_sets(logged):
        raise LogRefused(
            f"the log tells of each decision only what was chosen, so that {what} cannot be applied: name the column of "
            "eligible campaigns, or the campaigns that were always eligible"
        )
