"""A rehearsal in words."""

from __future__ import annotations

from collections.abc import Iterator

from banditsvc.reports.number_words import NOTHING, about, amount, percent
from simulators.fit.fit_words import p_words
from simulators.rehearse.rehearsal import HIGH, LOW, Ranged, Rehearsal, Why
from simulators.rehearse.rehearsal_settings import LEAST_PILOTS


def headline(rehearsal: Rehearsal) -> str:
    """Returns the answer in a sentence."""
    weeks = rehearsal.settings.weeks
    if not rehearsal.has_verdict:
        return (
            f"With {counted(len(rehearsal.pilots), 'pilot')} nothing is said of when a winner shows, and there are no "
            f"intervals: rehearse at least {LEAST_PILOTS}, with --seeds {LEAST_PILOTS} or more."
        )
    if rehearsal.winner_week is not None:
        return (
            f"On your numbers a winner shows in {counted(rehearsal.winner_week, 'week')}: by then the policy is known to earn "
            f"more than the fixed order in half of {len(rehearsal.pilots)} rehearsed pilots, and within "
            f"{counted(weeks, 'week')} in {percent(rehearsal.winner_share)} of them."
        )
    return f"On your numbers nothing is provable within {counted(weeks, 'week')}. {why_words(rehearsal)}"


def why_words(rehearsal: Rehearsal) -> str:
    """Returns why nothing is provable; nothing where something is."""
    match rehearsal.why:
        case None:
            return ""
        case Why.TOO_LITTLE:
            return "The history has too few orders after its sends to tell anything of its campaigns."
        case Why.NO_DIFFERENCE:
            return "The history shows no difference between campaigns, so there is nothing that a policy could use."
        case Why.FIXED_IS_BEST:
            return "The fixed order already sends nearly the best that there is."
        case Why.TOO_FEW_RESPONSES:
            a_week = (
                sum(pilot.responses for pilot in rehearsal.pilots) / len(rehearsal.pilots) / rehearsal.settings.weeks
            )
            share = percent(rehearsal.winner_share) if rehearsal.winner_share > 0.0 else "none"
            return (
                f"There is something to gain, but with about {a_week:,.0f} orders a week it is not told from chance in time: a "
                f"winner shows in {share} of the {len(rehearsal.pilots)} rehearsed pilots."
            )


def answers(rehearsal: Rehearsal) -> Iterator[tuple[str, str]]:
    """Yields the answers that there are, each with what it is about."""
    if not rehearsal.pilots:
        return
    yield "exploration", exploration_words(rehearsal)
    if rehearsal.has_verdict:
        yield "controls", controls_words(rehearsal)
    yield "left on the table", table_words(rehearsal)


def exploration_words(rehearsal: Rehearsal) -> str:
    """Returns what exploring costs."""
    cost, reward = rehearsal.exploration_cost, rehearsal.policy_reward.value
    share = f", {percent(max(cost.value, 0.0) / reward)} of what the policy earns" if reward > 0.0 else ""
    return f"Exploring costs {money(rehearsal, cost)} per 1,000 sends{share}."


def controls_words(rehearsal: Rehearsal) -> str:
    """Returns how many customers prove the gain."""
    found = rehearsal.controls
    if found is None:
        return "No number of controls would prove a gain: the policy is not expected to earn more than the fixed order."
    have = rehearsal.history.customer_count
    beyond = (
        f"; the history has {have:,} customers in all"
        if found.control_customers + found.target_customers > have
        else ""
    )
    return (
        f"To prove the gain of {amount(found.gain_per_customer, rehearsal.settings.currency)} per customer in "
        f"{found.horizon_days} days with {percent(rehearsal.settings.power)} chance, you need {about(found.control_customers)} "
        f"controls who get the fixed order, beside {about(found.target_customers)} for whom the policy decides{beyond}."
    )


def table_words(rehearsal: Rehearsal) -> str:
    """Returns what the fixed order leaves on the table."""
    left, fixed = rehearsal.left_on_table, rehearsal.fixed_reward.value
    share = f", {percent(left.value / fixed)} of what it earns" if fixed > 0.0 else ""
    week = left.value * rehearsal.sends_a_week
    return (
        f"Fixed priority leaves {money(rehearsal, left)} per 1,000 sends on the table{share}: "
        f"{amount(week, rehearsal.settings.currency)} a week at {rehearsal.sends_a_week:,.0f} sends. Nobody gets all of it; "
        f"once it has learned, the policy gets {money(rehearsal, rehearsal.gain)}."
    )


def money(rehearsal: Rehearsal, answer: Ranged) -> str:
    """Returns an answer per 1,000 sends with the ends of its interval, if it has one."""
    value = amount(1000.0 * answer.value, rehearsal.settings.currency)
    return f"{value} ({_interval(answer)})" if answer.has_interval else value


def _interval(answer: Ranged) -> str:
    return f"{amount(1000.0 * answer.low)} to {amount(1000.0 * answer.high)}" if answer.has_interval else NOTHING


def policy_rows(rehearsal: Rehearsal) -> Iterator[tuple[str, str, str]]:
    """Yields what each policy earns per 1,000 sends: name, median, interval."""
    for name, answer in (
        ("fixed priority", rehearsal.fixed_reward),
        ("coin", rehearsal.coin_reward),
        (f"policy {rehearsal.settings.policy}", rehearsal.policy_reward),
        ("best possible", rehearsal.best_reward),
    ):
        yield name, amount(1000.0 * answer.value), _interval(answer)


def campaign_rows(rehearsal: Rehearsal) -> Iterator[tuple[str, ...]]:
    """Yields what the history has of each campaign: place in the fixed order, sends, orders, response, order value."""
    rows = rehearsal.rows
    named = [one for one in rehearsal.settings.priority if one in rows.campaign_ids]
    volume = sorted(rows.campaigns, key=lambda one: one.fixed_priority or 0)
    order = [*named, *(one.campaign_id for one in volume if one.campaign_id not in named)]
    for place, campaign_id in enumerate(order, 1):
        own = rows.arms == rows.campaign_ids.index(campaign_id)
        responses = rows.responses & own
        sends = int(own.sum())
        worth = rows.rewards[responses]
        yield (
            str(place),
            campaign_id,
            f"{sends:,}",
            f"{int(responses.sum()):,}",
            percent(float(responses.sum()) / sends) if sends else NOTHING,
            amount(float(worth.mean())) if len(worth) else NOTHING,
        )


def assumptions(rehearsal: Rehearsal) -> Iterator[str]:
    """Yields what the answers rest on, a sentence or two each."""
    yield from rehearsal.rows.caveats
    if rehearsal.fitted is not None:
        found = rehearsal.fitted.models.fitted.differences
        p = min([*found.part_p.values(), 1.0])
        yield (
            f"Campaigns differ only as far as the history proves it: in how many respond (p {p_words(found.mean_p)}), in whom "
            f"they suit (least p {p_words(p)}), in what orders are worth (p {p_words(rehearsal.fitted.values.difference_p)}); "
            "tests at level .01."
        )
    yield (
        "Every campaign may go to every customer at any time; sends have no later effect, such as fatigue, and campaigns do "
        "not change. Each send is taken for a customer of its own."
    )
    if rehearsal.history.unused:
        yield f"Columns that were not used: {', '.join(rehearsal.history.unused)}."
    if rehearsal.pilots:
        yield (
            "Each pilot plays in a world drawn from what the history leaves open: intervals are the quantiles "
            f"{LOW:g} to {HIGH:g} over {LEAST_PILOTS} pilots or more; there are {len(rehearsal.pilots)}."
        )


def counted(number: int, what: str) -> str:
    """Returns a number of things, such as weeks."""
    return f"{number} {what}{'' if number == 1 else 's'}"
