"""A certificate as a page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from banditsvc.core.certificate import Certificate, Check, Verdict
from banditsvc.reports.html import render_page
from banditsvc.reports.html.forest_plot import ForestRow, forest_plot
from banditsvc.reports.html.svg import Tone
from banditsvc.reports.lift_words import day_words
from banditsvc.reports.number_words import amount, percent

TITLES = {
    "audit": "Are the logged probabilities right?",
    "support": "Has the log tried what the policy would do?",
    "budget": "What does it cost at once?",
    "evaluability": "Will its own log tell how good the next policy is?",
    "new_winner": "Does it find a new winner?",
    "drift": "Does it notice when the best campaign ends?",
    "unsubscribes": "Does it keep customers?",
}
"""What each check asks, by the start of its name."""
_HEADLINES = {
    Verdict.PASS: "These settings may go live.",
    Verdict.FAIL: "These settings must not go live.",
    Verdict.NOT_ENOUGH_DATA: "It cannot be told yet whether these settings may go live.",
}
_TONES = {Verdict.PASS: Tone.ABOVE, Verdict.FAIL: Tone.BELOW, Verdict.NOT_ENOUGH_DATA: Tone.OPEN}
_CLASSES = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.NOT_ENOUGH_DATA: ""}


def certificate_page(found: Certificate) -> str:
    """Returns a certificate as one HTML document that needs no network."""
    return render_page(
        "certificate.html",
        headline=_HEADLINES[found.verdict],
        verdict=found.verdict.name.replace("_", " "),
        tone=_CLASSES[found.verdict],
        about=found.data_description,
        checks=[
            (_title(one), one.verdict.name.replace("_", " "), _CLASSES[one.verdict], one.reason) for one in found.checks
        ],
        loss=_loss_plot(found),
        runs=_runs_plot(found),
        rows=[(one.name, name, amount(value)) for one in found.checks for name, value in one.numbers.items()],
        subject=found.subject.text,
        facts=[
            ("certificate", found.certificate_id),
            ("portfolio", found.portfolio_id or "any"),
            ("settings, SHA-256", found.subject.sha256),
            ("data and worlds, SHA-256", found.data_sha256),
            ("software", found.code_version),
            ("issued", day_words(found.issue_time_us)),
            ("valid before", day_words(found.expire_time_us)),
        ],
    )


def _title(check: Check) -> str:
    return next((title for start, title in TITLES.items() if check.name.startswith(start)), check.name)


def _loss_plot(found: Certificate) -> object:
    """Returns the loss beside the budget, None where it was withheld."""
    for check in found.checks:
        if check.name == "budget" and "loss_low" in check.numbers:
            numbers = check.numbers
            rows = [
                ForestRow(
                    label="loss of a decision",
                    value=numbers["loss"],
                    low=numbers["loss_low"],
                    high=numbers["loss_high"],
                    tone=_TONES[check.verdict],
                ),
                ForestRow(label="budget", value=numbers["budget"]),
            ]
            return forest_plot(
                rows, name="Loss against the deployed policy", axis="reward of a decision", show=amount, reference=0.0
            )
    return None


def _runs_plot(found: Certificate) -> object:
    rows = list(_run_rows(found))
    if not rows:
        return None
    return forest_plot(
        rows, name="Runs in which the policy manages", axis="share of runs", show=percent, reference=None
    )


def _run_rows(found: Certificate) -> Iterator[ForestRow]:
    for check in found.checks:
        if "managed_share" in check.numbers:
            yield ForestRow(
                label=check.name.replace("_", " "),
                value=check.numbers["managed_share"],
                low=check.numbers.get("managed_share_low", math.nan),
                high=check.numbers.get("managed_share_high", math.nan),
                note=f"{check.numbers['runs']:,.0f} runs",
                tone=_TONES[check.verdict],
            )
