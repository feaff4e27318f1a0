"""Remarks on features that the rules of a portfolio cannot use: misspelt, or of another type."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches

from banditsvc.cli.enum_name import enum_name
from banditsvc.cli.output import counted, notes
from banditsvc.v1 import context_pb2, portfolio_pb2, rule_pb2

_TYPES = {
    "number": rule_pb2.FEATURE_TYPE_NUMBER,
    "text": rule_pb2.FEATURE_TYPE_TEXT,
    "flag": rule_pb2.FEATURE_TYPE_FLAG,
    "texts": rule_pb2.FEATURE_TYPE_TEXTS,
}
_WORDS = {"number": "a number", "text": "a text", "flag": "a flag", "texts": "a list of texts"}
_REMEDIES = {
    rule_pb2.FEATURE_TYPE_NUMBER: ": write digits, such as 1500 or 0.5",
    rule_pb2.FEATURE_TYPE_FLAG: ": write true or false",
}


class FeatureRemarks:
    """Compares features with a portfolio's context_schema. A portfolio without one says nothing of features."""

    def __init__(self, portfolio: portfolio_pb2.Portfolio) -> None:
        self._portfolio_id = portfolio.portfolio_id
        self._schema = dict(portfolio.context_schema)
        self._contexts = 0
        self._found: Counter[tuple[str, str]] = Counter()
        """Contexts by feature and its kind."""

    def look_at(self, context: context_pb2.CustomerContext) -> None:
        """Takes a context into account."""
        self._contexts += 1
        if not self._schema:
            return
        for name, value in context.features.items():
            kind = value.WhichOneof("value")
            if kind is not None and self._schema.get(name) != _TYPES[kind]:
                self._found[name, "" if name not in self._schema else kind] += 1

    def lines(self) -> list[str]:
        """Returns the remarks, by feature."""
        return [self._line(name, kind, count) for (name, kind), count in sorted(self._found.items())]

    def show(self) -> None:
        """Writes the remarks to standard error."""
        for line in self.lines():
            notes.print(line, markup=False, soft_wrap=True)

    def _line(self, name: str, kind: str, count: int) -> str:
        rows = f" in {counted(count, 'row')}" if self._contexts > 1 else ""
        if not kind:
            close = get_close_matches(name.casefold(), {known.casefold(): known for known in self._schema}, n=1)
            meant = [known for known in self._schema if close and known.casefold() == close[0]]
            hint = f"; did you mean {meant[0]}?" if meant else ""
            return f"feature {name}{rows} is not in the context_schema of {self._portfolio_id}{hint}"
        wanted = self._schema[name]
        said = f"feature {name} is {_WORDS[kind]}{rows}, the schema says {enum_name(rule_pb2.FeatureType, wanted)}"
        return said + _REMEDIES.get(wanted, "")
