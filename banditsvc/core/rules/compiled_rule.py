"""Rules compiled for one customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import RankInput
from banditsvc.core.rules.parsing import ParsedRule
from banditsvc.core.rules.python_source import RULE, PythonSource

CompiledRule = Callable[[CustomerContext, RankInput, Campaign | None], bool]
"""Tells whether a rule holds. Pure, and raises nothing."""


def compile_rule(parsed: ParsedRule) -> CompiledRule:
    """Returns a rule as a Python function of a context, a request and a campaign.

    The context is given by itself; that of the request is not read. Without a campaign all of the campaign is unknown,
    but for the channel, which the request may give.
    """
    source = PythonSource(parsed.condition)
    namespace: dict[str, Any] = dict(source.names)
    exec(compile(source.text, "<rule>", "exec"), namespace)  # noqa: S102  no word of the rule is in the source
    rule: CompiledRule = namespace[RULE]
    return rule
