"""What an evaluation says, in words."""

from __future__ import annotations

import math

from banditsvc.core.exploration import EXPLORATIONS
from banditsvc.reports.number_words import MINUS, NOTHING, about, between, percent, signed_amounts
from offline_eval.evaluation import LOGGED, CandidateReport, EvaluationReport, Verdict
from offline_eval.intervals.off_policy import PromisedInterval

WITHHELD = "withheld"
_MOST_TIMES = 100.0
"""So many times the log's decisions are no number to wait for."""
_FORMS = {"always:": "always {}", "without:": "never {}", "column:": "{}", "version:": "policy version {}"}
_NAMES = {LOGGED: "what was done", "uniform": "an equal draw"}


def candidate_words(name: str) -> str:
    """Returns a candidate as a reader would call it, such as `greedy with floor 5 %`."""
    if name in _NAMES:
        return _NAMES[name]
    for prefix, form in _FORMS.items():
        if name.startswith(prefix):
            return form.format(name.removeprefix(prefix))
    kind, *settings = name.split(" ")
    if kind in EXPLORATIONS and not settings:
        return kind.replace("_", " ")
    if not settings or not all("=" in one for one in settings):
        return name
    return f"{kind.replace('_', ' ')} with {' and '.join(map(_setting_words, settings))}"


def headline(report: EvaluationReport) -> str:
    """Returns the one sentence that everybody should take along."""
    base, best = candidate_words(report.base.evaluated.name), best_candidate(report)
    if report.candidates and all(one.verdict is Verdict.WITHHELD for one in report.candidates):
        return "Nothing may be concluded from this log"
    if best is not None and best.verdict is Verdict.BETTER:
        return f"{_capital(candidate_words(best.evaluated.name))} would have earned {gain_words(report, best)} {than_words(report)}"
    if best is None or all(one.verdict in {Verdict.WORSE, Verdict.WITHHELD} for one in report.candidates):
        return f"{_capital(base)} earned more than {_others(report)} would have"
    return f"Nothing is proved better than {base}"


def support_words(report: EvaluationReport) -> str:
    """Returns whether the log supports the headline, and what it would take where it does not."""
    best = best_candidate(report)
    if best is None:
        each = [one.withheld for one in report.candidates]
        shared = [reason for reason in (each or [()])[0] if all(reason in one for one in each)]
        reasons = shared or dict.fromkeys(reason for one in each for reason in one)
        return f"Numbers are withheld: {'; '.join(reasons)}" if reasons else "Nothing differs"
    found = best.evaluated
    if best.verdict is Verdict.BETTER:
        sure = percent(report.spec.level)
        return (
            f"The log supports saying so: {found.decisions:,} decisions, worth {found.weights.effective:,.0f} for this "
            f"candidate, and an interval that holds in {sure} of cases, for all candidates together"
        )
    if best.verdict is Verdict.OPEN:
        so_far = f"{_capital(candidate_words(found.name))} looks best, {gain_words(report, best)} {than_words(report)}"
        return f"{so_far}: that may be chance. {_capital(needed_words(report, best))}"
    return "The intervals of all differences lie below 0" if best.verdict is Verdict.WORSE else "Nothing differs"


def best_candidate(report: EvaluationReport) -> CandidateReport | None:
    """Returns the candidate that is surest to be good: a better one first, then by the lower end of its difference."""
    shown = [one for one in report.candidates if one.verdict not in {Verdict.WITHHELD, Verdict.SAME}]
    ranks = {Verdict.BETTER: 2, Verdict.OPEN: 1}
    return max(shown, key=lambda one: (ranks.get(one.verdict, 0), _lower(one)), default=None)


def gain_words(report: EvaluationReport, one: CandidateReport) -> str:
    """Returns how much more a candidate brings, in percent of what was got where that is above 0, else in reward."""
    interval, base = one.difference.interval, report.base.evaluated.value
    if interval is None:
        return "by an unknown amount"
    low, high = interval.low, interval.high
    if base <= 0.0:
        return f"{between(low, high, signed_amounts(low, high))} a decision more"
    low, high = 100.0 * low / base, 100.0 * high / base
    if low < 0.0 < high:
        return f"between {_digits(-low)} % less and {_digits(high)} % more"
    return f"{_digits(low)} to {_digits(high)} % more" if low >= 0.0 else f"{_digits(-high)} to {_digits(-low)} % less"


def than_words(report: EvaluationReport) -> str:
    """Returns what candidates are compared with, after a `than`."""
    name = report.base.evaluated.name
    return "than what was done" if name == LOGGED else f"than {candidate_words(name)}"


def needed_words(report: EvaluationReport, one: CandidateReport) -> str:
    """Returns how many decisions would tell a candidate from what it is compared with."""
    if one.verdict is not Verdict.OPEN:
        return ""
    count, so_far = one.decisions_to_tell, one.evaluated.decisions
    if not math.isfinite(count):
        return one.difference.refusal or "more decisions of this kind would not tell"
    if count > _MOST_TIMES * so_far:
        return f"they are too alike to tell: not with {about(int(_MOST_TIMES * so_far))} decisions"
    words = f"about {about(math.ceil(count))} decisions would tell, if it is as it looks"
    days = count / report.decisions_per_day
    return f"{words}: {about(math.ceil(days))} days of them" if math.isfinite(days) else words


def verdict_words(one: CandidateReport) -> str:
    """Returns a verdict, and why where there is none."""
    if one.verdict is Verdict.WITHHELD:
        return f"{WITHHELD}: {'; '.join(one.withheld)}"
    if one.verdict is Verdict.OPEN and one.difference.thin:
        return f"{one.verdict}: {one.difference.thin}"
    return str(one.verdict)


def signed_words(value: float, promised: PromisedInterval, times: float = 1.0) -> str:
    """Returns a difference with its interval, such as `+12 (+3 to +21)`, so many times over."""
    if promised.interval is None or not math.isfinite(times):
        return NOTHING
    low, high = times * promised.interval.low, times * promised.interval.high
    return signed_interval(times * value, low, high)


def signed_interval(value: float, low: float, high: float) -> str:
    """Returns a number with its ends; one that is not 0 is not shown as 0, lest a verdict looks wrong."""
    show = signed_amounts(value, low, high)
    hidden = [abs(end) for end in (low, high) if end != 0.0 and not show(end).strip("0.,+" + MINUS)]
    if hidden:
        show = signed_amounts(min(hidden))
    return f"{show(value)} ({show(low)} to {show(high)})"


def days_words(days: float) -> str:
    """Returns a number of days to wait."""
    return f"{about(max(1, math.ceil(days)))} days" if math.isfinite(days) else "never"


def _others(report: EvaluationReport) -> str:
    return "the candidate" if len(report.candidates) == 1 else "every candidate"


def _lower(one: CandidateReport) -> float:
    return -math.inf if one.difference.interval is None else one.difference.interval.low


def _digits(value: float) -> str:
    """Returns a percentage to the whole from 10 on, else to one decimal."""
    return f"{value:.0f}" if value >= 9.95 or value == 0.0 else f"{value:.1f}"


def _setting_words(pair: str) -> str:
    name, _, value = pair.partition("=")
    shown = percent(float(value)) if name in {"floor", "epsilon"} else value
    return f"{name.replace('_', ' ')} {shown}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
