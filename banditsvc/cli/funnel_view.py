"""The funnel report for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from banditsvc.cli.bar import bar
from banditsvc.cli.output import counted, empty_table, results
from banditsvc.cli.reason_text import reason_text
from banditsvc.reports import CampaignFunnel, Cause, Count, FunnelReport

_BAR = 24
_WIDE = 160
"""Characters of a line where the output is no terminal."""
_KEPT, _LOST, _OUTDONE, _CHOSEN = "cyan", "red", "yellow", "green"


def show_funnel(report: FunnelReport) -> None:
    """Writes the report: what was decided, a waterfall for each campaign, overrides, and decisions for nothing."""
    out = results(_WIDE)
    out.print(_head(report))
    if report.decided.decisions:
        out.print()
    else:
        out.print("Nothing was decided.")
    for funnel in report.campaigns:
        out.print(
            Text(funnel.campaign_id, style="bold"),
            Padding(_waterfall(funnel, report), (0, 0, 1, 2), expand=False),
            sep="\n",
        )
    for one in report.not_offered:
        out.print(Text(one.campaign_id, style="bold"), Text(f"  {one.state}: offered to nobody\n"), sep="\n")
    if report.forced:
        out.print(Group(Text("Forced and pinned", style="bold"), Padding(_forced(report), (0, 0, 1, 2), expand=False)))
    if report.nothing_eligible.decisions:
        out.print(
            Group(Text("Nothing was eligible", style="bold"), Padding(_nothing(report), (0, 0, 1, 2), expand=False))
        )


def _head(report: FunnelReport) -> Text:
    results = ", ".join(f"{name} {count:,}" for name, count in report.results.items())
    deciders = ", ".join(f"{name} {count:,}" for name, count in report.deciders.items())
    text = f"portfolio {report.portfolio_id}: {_counts(report.decided)}"
    return Text(f"{text}\nresults: {results or '-'}\ndecided by: {deciders or '-'}")


def _counts(count: Count) -> str:
    return f"{counted(count.decisions, 'decision')} for {counted(count.customers, 'customer')}"


def _waterfall(funnel: CampaignFunnel, report: FunnelReport) -> Table:
    """Returns the steps from offered to chosen; each bar begins where what is left after it ends."""
    table = empty_table("", ">decisions", ">customers", "", "why")
    whole = funnel.offered.decisions
    left = whole
    table.add_row("offered", *_figures(funnel.offered), _bar(0, whole, whole, _KEPT), "")
    for cause in funnel.lost:
        left -= cause.count.decisions
        name = f"- {cause.stage} {cause.rule}"
        bar_text = _bar(left, cause.count.decisions, whole, _LOST)
        table.add_row(Text(name), *_figures(cause.count), bar_text, Text(_why(cause)))
    table.add_row("= eligible", *_figures(funnel.eligible), _bar(0, left, whole, _KEPT), "")
    outdone = funnel.outdone
    chosen = funnel.chosen.decisions
    if outdone.decisions:
        outdone_bar = _bar(chosen, outdone.decisions, whole, _OUTDONE)
        table.add_row("- not chosen", *_figures(outdone), outdone_bar, "another won")
    chosen_bar = _bar(0, chosen, whole, _CHOSEN)
    table.add_row("= chosen", *_figures(funnel.chosen), chosen_bar, _of_chosen(funnel), style="bold")
    for treatment_id, decisions in funnel.treatments.items():
        table.add_row(Text(f"    {treatment_id}"), f"{decisions:,}", "", _bar(0, decisions, whole, _CHOSEN), "")
    _add_forced(table, funnel.campaign_id, report)
    return table


def _add_forced(table: Table, campaign_id: str, report: FunnelReport) -> None:
    """Adds the decisions that are in no funnel because nothing was to be chosen in them."""
    own = [one for one in report.forced if one.campaign_id == campaign_id]
    for one in own:
        name = "beside: forced, refused" if one.refused_by else "beside: forced"
        why = f"{one.reason}; refused by {one.refused_by}" if one.refused_by else one.reason
        table.add_row(name, *_figures(one.count), "", Text(why), style="dim")
    others = report.deciders.get("FORCED", 0) - sum(one.count.decisions for one in own)
    if others:
        table.add_row("beside: others forced", f"{others:,}", "", "", "it was not in the running", style="dim")


def _figures(count: Count) -> tuple[str, str]:
    return f"{count.decisions:,}", f"{count.customers:,}"


def _bar(start: int, length: int, whole: int, style: str) -> Text:
    if not whole:
        return Text()
    return Text(" " * int(start / whole * _BAR) + bar(length / whole, _BAR), style=style)


def _of_chosen(funnel: CampaignFunnel) -> str:
    share = f", {funnel.explored_share:.1%} of them explored" if funnel.chosen.decisions else ""
    return f"{funnel.expected:,.1f} expected by probability{share}"


def _forced(report: FunnelReport) -> Table:
    table = empty_table("campaign", ">decisions", ">customers", "reason", "refused by")
    for one in report.forced:
        table.add_row(Text(one.campaign_id), *_figures(one.count), Text(one.reason), Text(one.refused_by))
    return table


def _nothing(report: FunnelReport) -> Group:
    if not report.nothing_causes:
        return Group(_counts(report.nothing_eligible))
    table = empty_table("check", ">decisions", ">customers", "why")
    for name, cause in _named(report.nothing_causes):
        table.add_row(Text(name), *_figures(cause.count), Text(_why(cause)))
    return Group(_counts(report.nothing_eligible) + "; each check counts once a decision", table)


def _why(cause: Cause) -> str:
    reason = reason_text(cause.stage, cause.reason)
    return f"{reason}, and {counted(cause.other_reasons, 'other reason')}" if cause.other_reasons else reason


def _named(causes: tuple[Cause, ...]) -> Iterator[tuple[str, Cause]]:
    for cause in causes:
        yield f"{cause.stage} {cause.rule}", cause
