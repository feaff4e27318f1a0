"""The report of an experiment as a page."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from banditsvc.reports.html import render_page
from banditsvc.reports.number_words import amount, percent
from simulators.comparison import ORACLE, Course
from simulators.comparison.starved import LEAST_EQUAL_DRAW, STARVED_SHARE
from simulators.comparison.time_to_find import LEAST_DECISIONS
from simulators.experiments.report import report_words as words
from simulators.experiments.report.experiment_report import ExperimentReport
from simulators.experiments.report.report_plots import MOST_SEGMENTS, course_plot, shares_plot, value_plot

STARVED_COLUMNS = ("policy", "campaign", ">chosen", ">of an equal draw's", ">best for", "so")


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorldPart:
    """What the page has of one world."""

    label: str
    about: str
    leader: str
    doubt: str
    beside: str
    plots: dict[str, Markup | None]
    value_rows: list[tuple[str, ...]]
    difference_rows: list[tuple[str, ...]]
    find_rows: list[tuple[str, ...]]
    cost_rows: list[tuple[str, ...]]
    starved_rows: list[tuple[str, ...]]


def report_page(report: ExperimentReport) -> str:
    """Returns the report as one HTML document that needs no network."""
    comparison = report.comparison
    return render_page(
        "experiment.html",
        report=report,
        comparison=comparison,
        seeds_words=words.seeds_words(comparison),
        worlds=[_world_part(report, world) for world in report.worlds],
        value_columns=words.VALUE_COLUMNS,
        difference_columns=words.DIFFERENCE_COLUMNS,
        find_columns=words.FIND_COLUMNS,
        cost_columns=words.COST_COLUMNS,
        starved_columns=STARVED_COLUMNS,
        least_decisions=LEAST_DECISIONS,
        starved_share=percent(STARVED_SHARE),
        least_equal_draw=LEAST_EQUAL_DRAW,
        most_segments=MOST_SEGMENTS,
        policy_rows=[(label, told["policy"]) for label, told in report.policies.items()],
    )


def _world_part(report: ExperimentReport, world: str) -> _WorldPart:
    told = report.worlds[world]
    reward = told["reward"]["of"]
    per_customer = f"{told['currency']} per customer"
    beside = report.comparison.baselines
    regret = Course.REGRET_TO_ORACLE if report.has_oracle else Course.REGRET
    plots = {
        "values": value_plot(report, world, "profit") if beside else None,
        "over": course_plot(report, world, Course.PROFIT_OVER_BASELINE, per_customer, "Profit over the first baseline"),
        "reward": course_plot(report, world, Course.REWARD, f"{reward} per customer", "Cumulative expected reward"),
        "regret": course_plot(report, world, regret, f"{reward} per customer", "Cumulative regret"),
        "shares": shares_plot(report, world),
    }
    rows = list(words.value_rows(report, world))
    best = [row for row in rows if row[0] != ORACLE]
    return _WorldPart(
        label=world,
        about=_about(report, world),
        leader=next(row[0] for row in [*best, *rows]),
        doubt=words.doubt_words(report, world),
        beside=next(row[-1] for row in [*best, *rows]),
        plots=plots,
        value_rows=rows,
        difference_rows=list(words.difference_rows(report, world)),
        find_rows=list(words.find_rows(report, world)),
        cost_rows=list(words.cost_rows(report, world)),
        starved_rows=_starved_rows(report, world),
    )


def _about(report: ExperimentReport, world: str) -> str:
    told = report.worlds[world]
    customers = f"{told['customers']:,} customers" + (", new ones each day" if told["stateless"] else "")
    return f"{customers}, {told['days']:,} days, {len(told['campaigns'])} campaigns or series of them"


def _starved_rows(report: ExperimentReport, world: str) -> list[tuple[str, ...]]:
    found = report.comparison.campaigns
    found = found[(found["world"] == world) & found["is_starved"]].sort_values("best_for", ascending=False)
    return [
        (
            row["policy"],
            row["campaign_id"],
            f"{row['decisions']:,}",
            percent(row["share_of_equal_draw"]),
            amount(row["best_for"]) if row["best_for"] < 1 else f"{row['best_for']:,}",
            "missed" if row["is_missed"] else "rightly",
        )
        for row in found.to_dict("records")
    ]
