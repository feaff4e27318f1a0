"""The lift report as a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from banditsvc.reports import lift_words as words
from banditsvc.reports.html import render_page
from banditsvc.reports.lift_plots import lift_forest, means_forest, path_plot
from banditsvc.reports.lift_result import HorizonLift, LogLift
from banditsvc.reports.number_words import NOTHING, percent
from offline_eval.lift import Conclusion, Estimate, Metric, Population, ranked_slices

_MOST_SLICES = 25
"""Slices of a name that are drawn; --csv has all."""
_TONES = {Conclusion.HIGHER: "above", Conclusion.LOWER: "below"}
_COLUMNS = ("target over control", ">customers", ">target", ">control", ">absolute lift", ">relative lift", "so")


def lift_page(lift: LogLift) -> str:
    """Returns the report as one HTML document that needs no network."""
    main = main_horizon(lift)
    pair = main_pair(main)
    shown = [horizon for horizon in lift.horizons if not horizon.table.empty]
    return render_page(
        "lift.html",
        lift=lift,
        main=main,
        pair=pair,
        about=[*words.head_words(lift), *words.left_out_words(lift)],
        kind=words.kind_words(main.report.interval_kind, main.report.level),
        waiting=[
            (horizon.days, words.nothing_over_words(horizon, lift)) for horizon in lift.horizons if horizon not in shown
        ],
        refusals=[
            (horizon.days, text)
            for horizon in shown
            for text in horizon.report.refusals
            if lift.sample_ratio.passed and text != lift.sample_ratio.text
        ],
        cards=list(_cards(main, pair, lift.currency)),
        sentences=list(_sentences(main, pair, lift.currency)),
        paths=list(_paths(main, pair, lift.currency)),
        overview=list(_overview(lift, main)),
        means=[
            means_forest(main.report.groups, metric, lift.currency)
            for metric in _known(lift)
            if lift.sample_ratio.passed and any(one.conversion_interval.is_bounded for one in main.report.groups)
        ],
        slices=list(_slices(main, pair, lift)),
        columns=_COLUMNS,
        tables=list(_tables(lift, shown)),
        left_out=[(horizon.days, list(words.horizon_words(horizon))) for horizon in shown],
        sure=list(_sure_things(main, pair)),
        read=words.time_words(lift.read_us),
    )


def main_horizon(lift: LogLift) -> HorizonLift:
    """Returns the horizon that says most: the longest with a conclusion, or with an interval, or with customers."""

    def rank(horizon: HorizonLift) -> tuple[bool, bool, bool, int]:
        own = [one for one in whole(horizon) if one.population is Population.ENROLLED]
        concluded = any(one.conclusion in _TONES for one in own)
        bounded = any(one.absolute_interval is not None for one in own)
        # Without any customers the shortest is known first.
        return concluded, bounded, not horizon.table.empty, -horizon.days if horizon.table.empty else horizon.days

    return max(lift.horizons, key=rank)


def main_pair(horizon: HorizonLift) -> tuple[str, str]:
    """Returns the target and control group to look at first."""
    pairs = horizon.settings.pairs
    return next((pair for control in words.CONTROLS if (pair := (words.TARGET, control)) in pairs), pairs[0])


def whole(horizon: HorizonLift) -> list[Estimate]:
    """Returns the estimates of all customers, in all pairs of groups."""
    return [one for one in horizon.report.estimates if not one.slice_name]


def _known(lift: LogLift) -> list[Metric]:
    return list(Metric) if lift.currency else [Metric.CONVERSION]


def _of_pair(horizon: HorizonLift, pair: tuple[str, str]) -> list[Estimate]:
    return [one for one in whole(horizon) if (one.target, one.control) == pair]


def _cards(main: HorizonLift, pair: tuple[str, str], currency: str) -> Iterator[tuple[str, str, str, str]]:
    for one in _of_pair(main, pair):
        if one.population is not Population.ENROLLED or main.table.empty:
            continue
        figure = words.figure_words(one, currency)
        note = f"{words.CONCLUSIONS[one.conclusion]}: {one.refusal}"
        if one.absolute_interval:
            bounds, relative = words.bounds_words(one), words.relative_words(one)
            note = f"{bounds}: {words.CONCLUSIONS[one.conclusion]}; relative {relative}"
        label = f"{words.metric_words(one.metric, '')}, {one.target} over {one.control}, {main.days} days"
        yield label, figure, note, _TONES.get(one.conclusion, "")
    yield (
        "customers whose horizon is over",
        f"{len(main.table):,}",
        f"{main.left_out.horizon_not_over:,} more are enrolled",
        "",
    )


def _sentences(main: HorizonLift, pair: tuple[str, str], currency: str) -> Iterator[str]:
    own = [one for one in whole(main) if one.population is Population.ENROLLED and one.target == pair[0]]
    own = [] if main.table.empty else own
    for one in sorted(own, key=lambda one: (one.target, one.control) != pair):
        needed = words.needed_words(one)
        yield words.sentence(one, main.days, currency) + (f" {needed[0].upper()}{needed[1:]}." if needed else "")


def _paths(main: HorizonLift, pair: tuple[str, str], currency: str) -> Iterator[Any]:
    for one in _of_pair(main, pair):
        is_known = one.population is Population.ENROLLED and one.absolute_interval is not None
        # One reading is no course.
        if is_known and len(main.path(pair, one.metric)) > 1:
            yield path_plot(main, pair, one.metric, currency)


def _overview(lift: LogLift, main: HorizonLift) -> Iterator[Any]:
    for metric in _known(lift):
        rows = [(_label(one), one) for one in whole(main) if one.metric is metric]
        if any(one.absolute_interval for _, one in rows):
            name = f"Lift in {words.metric_words(metric, lift.currency)}, all pairs of groups"
            yield lift_forest(rows, metric, lift.currency, name)


def _label(one: Estimate) -> str:
    who = f"{one.target} over {one.control}"
    return who if one.population is Population.ENROLLED else f"{who}, would-be contacts"


def _slices(main: HorizonLift, pair: tuple[str, str], lift: LogLift) -> Iterator[dict[str, Any]]:
    for name in (*main.settings.slices, *main.settings.anchored_slices):
        is_own = name in main.settings.slices
        population = Population.ENROLLED if is_own else Population.WOULD_BE_CONTACTED
        ranked = ranked_slices(main.report, pair, name, population)
        if not ranked:
            continue
        plots = []
        for metric in _known(lift):
            own = [one.revenue if metric is Metric.REVENUE else one.conversion for one in ranked[:_MOST_SLICES]]
            if not any(one.absolute_interval for one in own):
                continue
            title = f"Lift in {words.metric_words(metric, lift.currency)}, by {words.slice_words(name)}"
            plots.append(lift_forest([(one.slice_value, one) for one in own], metric, lift.currency, title))
        yield {
            "title": f"By {words.slice_words(name)}",
            "is_anchored": not is_own,
            "level": percent(ranked[0].conversion.level),
            "plots": plots,
            "columns": (name, ">customers", ">revenue: lift", ">relative", ">in all", ">conversion: lift", ">relative"),
            "rows": [
                (
                    one.revenue.slice_value or NOTHING,
                    f"{one.revenue.target_customers:,} / {one.revenue.control_customers:,}",
                    words.absolute_words(one.revenue),
                    words.relative_words(one.revenue),
                    words.incremental_words(one.revenue),
                    words.absolute_words(one.conversion),
                    words.relative_words(one.conversion),
                )
                for one in ranked
            ],
        }


def _tables(lift: LogLift, shown: list[HorizonLift]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    for metric in Metric:
        for horizon in shown:
            rows = [_cells(one) for one in whole(horizon) if one.metric is metric]
            if rows:
                yield f"{words.metric_words(metric, lift.currency)}, within {horizon.days} days", rows


def _cells(one: Estimate) -> tuple[str, ...]:
    return (
        _label(one),
        f"{one.target_customers:,} / {one.control_customers:,}",
        words.mean_words(one.metric, one.target_mean),
        words.mean_words(one.metric, one.control_mean),
        words.absolute_words(one),
        words.relative_words(one),
        words.CONCLUSIONS[one.conclusion],
    )


def _sure_things(main: HorizonLift, pair: tuple[str, str]) -> Iterator[str]:
    for one in main.report.sure_things:
        if one.slices and (one.target, one.control) == pair:
            names = ", ".join(f"{name} {value}" for name, value in one.slices)
            yield (
                f"{percent(one.share_of_customers)} of the customers of {one.target} and {one.control} are in slices "
                f"where both groups convert highly and are not known to differ ({names}): most of them seem to buy whether contacted or not."
            )
