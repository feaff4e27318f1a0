"""Whether rules can hold together for any customer at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from banditsvc.core.rules.contradiction import can_hold, contradicting, contradiction
from banditsvc.core.rules.demands import Demand, Subject, demands_of
from banditsvc.core.rules.fault import NeverHold
from banditsvc.core.rules.parsing import ParsedRule
from banditsvc.core.rules.tree import AllOf, Always, AnyOf, Condition, Leaf, fields_of, leaves

GREATEST_WORK = 20_000
"""Parts of rules and demands looked at before rules are taken to be able to hold: some hundredths of a second."""
_MOST_SHOWN = 3

_Demands = dict[Subject, tuple[Demand, ...]]
_NewDemands = dict[Subject, list[Demand]]
_Waiting: TypeAlias = "tuple[AnyOf, _Waiting] | None"
"""Alternatives still to be chosen from, the next ones first."""


def check_satisfiable(rules: Sequence[ParsedRule]) -> None:
    """Refuses rules of which all can never hold together.

    Found are comparisons of one field or one calculation with constants, of two of them with each other, texts, names,
    flags, lists and known(x), with the least and greatest value of built-in fields, through any nesting of and and or.
    Contradictions that take calculating with several fields are not found, nor those that take more than GREATEST_WORK.

    Raises:
        NeverHold: If they never hold; it names the comparisons that contradict each other.
    """
    search = _Search()
    if not search.holds([rule.condition for rule in rules]):
        shown = "; ".join(dict.fromkeys(search.contradictions))
        subject = "The rule never holds" if len(rules) == 1 else "These rules never hold together"
        raise NeverHold(f"{subject}: {shown}.", tuple(place for place, rule in enumerate(rules) if search.blames(rule)))


class _Search:
    """Goes through the alternatives of a conjunction until one can hold."""

    __slots__ = ("_blamed", "_demands", "_work", "contradictions")

    def __init__(self) -> None:
        self._work = 0
        self._demands: dict[int, list[Demand]] = {}
        self._blamed: set[int] = set()
        self.contradictions: list[str] = []

    def holds(self, conditions: Sequence[Condition]) -> bool:
        """Returns whether all conditions can hold together, True where that takes too much work to tell."""
        alternatives: list[tuple[Sequence[Condition], _Waiting, _Demands]] = [(conditions, None, {})]
        while alternatives and self._work < GREATEST_WORK:
            settled, waiting, demands = alternatives.pop()
            demands = dict(demands)
            self._work += 4 + len(demands) // 8  # what going into an alternative takes
            choices = self._settle(settled, demands)
            if choices is None:
                continue
            for choice in reversed(choices):
                waiting = (choice, waiting)
            if waiting is None or self._work >= GREATEST_WORK:
                return True
            first, waiting = waiting
            alternatives += [([part], waiting, demands) for part in reversed(first.parts)]
        return bool(alternatives)

    def blames(self, rule: ParsedRule) -> bool:
        """Returns whether one of the contradictions is about a part of this rule."""
        return any(id(leaf) in self._blamed for leaf in leaves(rule.condition))

    def _settle(self, conditions: Sequence[Condition], demands: _Demands) -> list[AnyOf] | None:
        """Adds the demands of all leaves, and returns the alternatives in them; None where something is false."""
        choices = []
        new: _NewDemands = {}
        ahead = list(reversed(conditions))
        while ahead and self._work < GREATEST_WORK:
            self._work += 1
            condition = ahead.pop()
            if isinstance(condition, AllOf):
                ahead += reversed(condition.parts)
            elif isinstance(condition, AnyOf):
                choices.append(condition)
            elif not isinstance(condition, Always):
                for demand in self._demands_of(condition):
                    new.setdefault(demand.subject, []).append(demand)
            elif not condition.holds:
                self._note("a part of it is always false", ())
                return None
        return choices if self._can_hold(new, demands) else None

    def _can_hold(self, new: _NewDemands, demands: _Demands) -> bool:
        """Returns whether new demands agree with those there were, and adds them."""
        for subject, added in new.items():
            before = demands.get(subject, ())
            together = (*before, *added)
            self._work += len(together)
            if self._work >= GREATEST_WORK:
                return True
            if not can_hold(subject, together):
                found = contradicting(subject, together)
                self._note(contradiction(subject, found), found)
                return False
            demands[subject] = together
        return True

    def _demands_of(self, leaf: Leaf) -> list[Demand]:
        """Returns what a leaf asks; the rules outlive the search, so that an id stays that of one leaf."""
        found = self._demands.get(id(leaf))
        if found is None:
            self._work += len(fields_of(leaf))
            found = self._demands[id(leaf)] = demands_of(leaf)
        return found

    def _note(self, text: str, demands: Sequence[Demand]) -> None:
        if len(self.contradictions) < _MOST_SHOWN and text not in self.contradictions:
            self.contradictions.append(text)
            self._blamed.update(id(demand.leaf) for demand in demands)
