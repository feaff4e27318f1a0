"""What is wrong with a rule."""

from __future__ import annotations


class RuleFault(Exception):
    """Says why a rule is refused: what is wrong, where, and what to write instead.

    Attributes:
        text: What is wrong and the remedy, for the people who write rules.
        column: Where it is wrong, counted in characters from 1; None where it is the whole rule or several.
    """

    def __init__(self, text: str, column: int | None = None) -> None:
        super().__init__(text if column is None else f"Column {column}: {text}")
        self.text = text
        self.column = column


class NeverHold(RuleFault):
    """Says that rules can never hold together.

    Attributes:
        places: Places, in the list that was checked, of rules that contradict each other or themselves.
    """

    def __init__(self, text: str, places: tuple[int, ...]) -> None:
        super().__init__(text)
        self.places = places
