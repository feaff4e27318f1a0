"""Whether rules can hold together for any customer at all."""

from __future__ import annotations

from collections.abc import Sequence

from banditsvc.core.rules.contradiction import can_hold, contradiction
from banditsvc.core.rules.demands import Demand, Subject, demands_of
from banditsvc.core.rules.fault import RuleFault
from banditsvc.core.rules.parsing import ParsedRule
from banditsvc.core.rules.tree import AllOf, Always, AnyOf, Condition, Leaf

GREATEST_WORK = 20_000
"""Comparisons and alternatives looked at before rules are taken to be able to hold."""
_MOST_SHOWN = 3

_Demands = dict[Subject, tuple[Demand, ...]]


def check_satisfiable(rules: Sequence[ParsedRule]) -> None:
    """Refuses rules of which all can never hold together.

    Found are comparisons of one field or one calculation with constants, of two of them with each other, texts, names,
    flags, lists and known(x), with the least and greatest value of built-in fields, through any nesting of and and or.
    Contradictions that take calculating with several fields are not found.

    Raises:
        RuleFault: If they never hold; it names the comparisons that contradict each other.
    """
    search = _Search()
    if not search.holds([rule.condition for rule in rules]):
        shown = "; ".join(dict.fromkeys(search.contradictions))
        subject = "The rule never holds" if len(rules) == 1 else "These rules never hold together"
        raise RuleFault(f"{subject}: {shown}.")


class _Search:
    """Goes through the alternatives of a conjunction until one can hold."""

    __slots__ = ("_work", "contradictions")

    def __init__(self) -> None:
        self._work = 0
        self.contradictions: list[str] = []

    def holds(self, conditions: Sequence[Condition]) -> bool:
        """Returns whether all conditions can hold together, True where that takes too much work to tell."""
        alternatives: list[tuple[list[Condition], _Demands]] = [(list(conditions), {})]
        while alternatives and self._work < GREATEST_WORK:
            waiting, demands = alternatives.pop()
            demands = dict(demands)
            choices = self._settle(waiting, demands)
            if choices is None:
                continue
            if not choices:
                return True
            first, *rest = choices
            alternatives += [([part, *rest], demands) for part in reversed(first.parts)]
        return bool(alternatives)

    def _settle(self, waiting: Sequence[Condition], demands: _Demands) -> list[AnyOf] | None:
        """Adds the demands of all leaves, and returns the alternatives that are left; None where something is false."""
        choices = []
        ahead = list(reversed(waiting))
        while ahead:
            self._work += 1
            condition = ahead.pop()
            if isinstance(condition, AllOf):
                ahead += reversed(condition.parts)
            elif isinstance(condition, AnyOf):
                choices.append(condition)
            elif isinstance(condition, Always):
                if not condition.holds:
                    self._note("a part of it is always false")
                    return None
            elif not self._add(condition, demands):
                return None
        return choices

    def _add(self, leaf: Leaf, demands: _Demands) -> bool:
        for demand in demands_of(leaf):
            before = demands.get(demand.subject, ())
            if demand in before:
                continue
            together = (*before, demand)
            self._work += len(together)
            if not can_hold(demand.subject, together):
                self._note(contradiction(demand.subject, together))
                return False
            demands[demand.subject] = together
        return True

    def _note(self, text: str) -> None:
        if len(self.contradictions) < _MOST_SHOWN and text not in self.contradictions:
            self.contradictions.append(text)
