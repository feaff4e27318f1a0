"""`banditsvc status`: how the service and its learning are."""

from __future__ import annotations

import urllib.request
from typing import Annotated, Any

import typer
from prometheus_client.parser import text_string_to_metric_families

from banditsvc.cli.command_failure import FAILED
from banditsvc.cli.connection import connected
from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.exclusion_view import exclusion_words
from banditsvc.cli.failure import reported
from banditsvc.cli.guardrails import tell_tripped
from banditsvc.cli.health import SERVING, check_health
from banditsvc.cli.options import Config, Json, Server
from banditsvc.cli.output import notes, write_fields, write_json, write_table
from banditsvc.cli.pinned import held_model
from banditsvc.client import Client
from banditsvc.config import OFF, load_settings
from banditsvc.plain import json_values
from banditsvc.v1 import exclusion_pb2, policy_pb2, portfolio_pb2
from banditsvc.v1 import guardrail_pb2 as pb

GAUGES = {
    "banditsvc_unsettled_decisions": "unsettled",
    "banditsvc_learner_lag_seconds": "learner_lag_seconds",
    "banditsvc_learner_lag_decisions": "learner_lag_decisions",
}
"""Gauges of a portfolio, and the name that they are shown under."""
FEED_GAUGE = "banditsvc_feed_lag_seconds"
METRICS_TIMEOUT_SECONDS = 5.0


def status(
    metrics: Annotated[str | None, typer.Option(help="Address of the metrics. Default: from the settings.")] = None,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Shows the service's health and, of each portfolio, its model, its backlog and its feeds."""
    with reported():
        gauges = _read_gauges(metrics or load_settings(config).server.metrics_address)
    with connected(server, config) as client:
        portfolios = [
            {**_portfolio(client, portfolio.portfolio_id, gauges or {}), "sandbox": portfolio.sandbox}
            for portfolio in client.list_portfolios()
        ]
    address, health = check_health(server, config)
    summary = {"server": address, "health": health, "metrics": gauges is not None, "portfolios": portfolios}
    if as_json:
        write_json(summary)
    else:
        _show(summary)
    if health != SERVING:
        raise typer.Exit(FAILED)


def _portfolio(client: Client, portfolio_id: str, gauges: dict[str, dict[str, Any]]) -> dict[str, Any]:
    model = client.get_model(portfolio_id)
    at_work = client.get_policy(portfolio_id)
    policy = at_work.policy
    guardrails = client.get_guardrails(portfolio_id)
    phase = client.get_phase(portfolio_id)
    return {
        "portfolio_id": portfolio_id,
        "phase": enum_name(portfolio_pb2.Phase, phase.phase),
        "phase_since": phase.since.ToJsonString(),
        "random_share": phase.random_share or None,
        "next_phase": enum_name(portfolio_pb2.Phase, phase.next_phase) if phase.next_phase else None,
        "conditions": [json_values(one) for one in phase.conditions],
        "policy_version": policy.policy_version,
        "challenger_policy_version": at_work.challenger_policy_version or None,
        "challenger_share": at_work.challenger_share or None,
        "trial_ended_reason": at_work.trial_ended_reason or None,
        "certification": enum_name(policy_pb2.Certification, policy.standing.certification),
        "certification_text": policy.standing.text,
        "guardrail_tripped": enum_name(pb.Guardrail, guardrails.tripped) if guardrails.tripped else None,
        "guardrail_text": guardrails.text or None,
        "excluded": [
            exclusion_words(one)
            for one in client.list_exclusions(portfolio_id)
            if one.state == exclusion_pb2.EXCLUSION_STATE_ACTIVE
        ],
        "model_version": model.model_version,
        "newer_model_is_held_back": held_model(client, portfolio_id) is not None,
        "learned_count": model.learned_count,
        "provisional_count": model.provisional_count,
        "mean_reward": model.mean_reward,
        **gauges.get(portfolio_id, {}),
    }


def _read_gauges(address: str) -> dict[str, dict[str, Any]] | None:
    """Returns the gauges of each portfolio, None where metrics are off or do not answer."""
    if address == OFF:
        return None
    # The service's own address, never a proxy's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/metrics", timeout=METRICS_TIMEOUT_SECONDS) as answer:
            text = answer.read().decode()
    except (OSError, ValueError):
        return None
    gauges: dict[str, dict[str, Any]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            portfolio = gauges.setdefault(sample.labels.get("portfolio", ""), {"feed_lag_seconds": {}})
            if sample.name in GAUGES:
                portfolio[GAUGES[sample.name]] = sample.value
            elif sample.name == FEED_GAUGE:
                # JSON knows no infinity: a feed that never posted a mark has no lag.
                lag = None if sample.value == float("inf") else sample.value
                portfolio["feed_lag_seconds"][sample.labels["type"]] = lag
    return gauges


def _show(summary: dict[str, Any]) -> None:
    metrics = "read" if summary["metrics"] else "do not answer; backlog and feeds are not known"
    write_fields([("server", summary["server"]), ("health", summary["health"]), ("metrics", metrics)])
    if not summary["portfolios"]:
        return
    for portfolio in summary["portfolios"]:
        if portfolio["guardrail_tripped"]:
            tell_tripped(portfolio["portfolio_id"], portfolio["guardrail_text"])
    names = ("portfolio_id", "policy_version", "model_version", "learned_count", *GAUGES.values())
    rows = [[_cell(portfolio.get(name)) for name in names] for portfolio in summary["portfolios"]]
    headings = ["portfolio", ">policy", "model", ">learned", ">unsettled", ">lag, seconds", ">lag, decisions"]
    write_table(headings, rows)
    feeds = [
        (portfolio["portfolio_id"], feed, "never" if lag is None else f"{lag:,.0f} seconds ago")
        for portfolio in summary["portfolios"]
        for feed, lag in portfolio.get("feed_lag_seconds", {}).items()
    ]
    if feeds:
        write_table(["portfolio", "feed", ">complete through"], feeds)
    _tell_phases(summary["portfolios"])
    for portfolio in summary["portfolios"]:
        if portfolio["provisional_count"]:
            notes.print(
                f"{portfolio['portfolio_id']}: {portfolio['provisional_count']:,} further decisions are learned from "
                "provisionally, as far as it is known which share of the reward has come by their checkpoint",
                markup=False,
                soft_wrap=True,
            )
        for words in portfolio["excluded"]:
            notes.print(f"{portfolio['portfolio_id']}: {words}", markup=False, soft_wrap=True)
    _tell_uncertified(summary["portfolios"])
    _tell_trials(summary["portfolios"])
    _tell_held(summary["portfolios"])


def _tell_phases(portfolios: list[dict[str, Any]]) -> None:
    """Shows how far each portfolio has come whose policy does not decide yet, and what is missing to go on."""
    rows = []
    for portfolio in portfolios:
        share = portfolio["random_share"]
        phase = f"{portfolio['phase']} since {portfolio['phase_since']}{f', share {share:.3g}' if share else ''}"
        for one in portfolio["conditions"]:
            is_met = "met" if one.get("is_met") else "missing"
            rows.append((portfolio["portfolio_id"], phase, portfolio["next_phase"], is_met, one["text"]))
    if rows:
        write_table(["portfolio", "phase", "before", "is", "what is asked"], rows)


def _tell_uncertified(portfolios: list[dict[str, Any]]) -> None:
    """Says which portfolios are sandboxes, and of each policy that is live without a certificate why it is."""
    for portfolio in portfolios:
        if portfolio["sandbox"]:
            words = f"{portfolio['portfolio_id']}: is a sandbox, no customer is to get what it decides"
            notes.print(words, markup=False, soft_wrap=True)
        elif portfolio["certification"] in ("OVERRIDDEN", "UNCERTIFIED"):
            words = f"policy {portfolio['policy_version']} is {portfolio['certification']}: {portfolio['certification_text']}"
            notes.print(f"{portfolio['portfolio_id']}: {words}", markup=False, soft_wrap=True)


def _tell_trials(portfolios: list[dict[str, Any]]) -> None:
    """Says which policies are on trial, and which trials the service has ended."""
    for portfolio in portfolios:
        version, share, ended = (
            portfolio[name] for name in ("challenger_policy_version", "challenger_share", "trial_ended_reason")
        )
        words = f"policy {version} is on trial for {share:.3g} of the customers" if version else ""
        if ended:
            words = f"a trial was ended: {ended}"
        if words:
            notes.print(f"{portfolio['portfolio_id']}: {words}", markup=False, soft_wrap=True)


def _tell_held(portfolios: list[dict[str, Any]]) -> None:
    for portfolio in portfolios:
        if portfolio["newer_model_is_held_back"]:
            name, model = portfolio["portfolio_id"], portfolio["model_version"]
            notes.print(
                f"{name} serves {model} although a newer model is there: a roll-back holds it, or the service's log says "
                f"why the newer one was refused. End a roll-back with: banditsvc models roll-back -p {name} --newest",
                markup=False,
                soft_wrap=True,
            )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if isinstance(value, float) else str(value)
