"""Reading: from the text of a rule to a syntax tree of Python, bounded in size and depth, with faults in plain words."""

from __future__ import annotations

import ast
import keyword
import re

from banditsvc.core.rules.fault import RuleFault
from banditsvc.core.rules.fields import shortened

LONGEST_RULE = 2_000
"""In characters."""
DEEPEST_NESTING = 50
"""Of brackets, nots and arithmetic within one another."""

_TOKEN = re.compile(
    r"""(?P<text>"[^"]*"|'[^']*')|(?P<number>(?<![\w.])(?:\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d[\w.]*))|(?P<other>\W|\w+)"""
)
_DECIMAL = re.compile(r"(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][+-]?\d+)?")
_BLANKS = str.maketrans("\t\n\r", "   ")

_NO_BACKSLASH = "a backslash has no place in a rule"
_REFUSED_SIGNS = {
    "#": "a comment has no place in a rule; the rule's reason is for people",
    "\\": _NO_BACKSLASH,
    "“": 'write texts in straight quotes: "',
    "”": 'write texts in straight quotes: "',
    "„": 'write texts in straight quotes: "',
    "‘": 'write texts in straight quotes: "',
    "’": 'write texts in straight quotes: "',
    "≤": "write <= for at most",
    "≥": "write >= for at least",
    "≠": "write != for is not",
    "−": "write the minus sign as -",
    "×": "write * to multiply",
    "÷": "write / to divide",
}
_HINTS = (
    (re.compile(r"&&?"), "write and to join conditions"),
    (re.compile(r"\|\|?"), "write or to join conditions"),
    (re.compile(r"=<"), "write <= for at most"),
    (re.compile(r"=>"), "write >= for at least"),
    (re.compile(r"<>"), "write != for is not"),
    (re.compile(r"==="), "write == to compare"),
    (re.compile(r"(?<![=!<>:])=(?!=)"), "write == to compare; a single = means nothing here"),
    (re.compile(r"!(?!=)"), "write not for a negation"),
    (re.compile(r"%"), "write 5 % as 0.05"),
    (re.compile(r"\b(?:AND|OR|NOT|IN|And|Or|Not|In)\b"), "write and, or, not and in with small letters"),
    (re.compile(r"[$€£]"), "leave out the sign of the currency"),
)
_UNFINISHED = re.compile(r"(?:[-+*/<>=,(\[.]|\b(?:and|or|not|in))\s*$")
_PYTHON_WORDS = frozenset(keyword.kwlist) - {"and", "or", "not", "in", "is", "if", "else", "True", "False", "None"}


class Source:
    """The text of a rule, which knows at which column a part of its syntax tree stands."""

    __slots__ = ("_encoded", "raw", "text")

    def __init__(self, expression: str) -> None:
        self.raw = expression
        self.text = expression.translate(_BLANKS)
        self._encoded = self.text.encode("utf-8", "replace")

    def column(self, node: ast.expr) -> int:
        """Returns where a part begins, in characters from 1."""
        return len(self._encoded[: node.col_offset].decode("utf-8", "replace")) + 1

    def written(self, node: ast.expr) -> str:
        """Returns a part as it was written, shortened where it is long."""
        end = node.end_col_offset
        return shortened(self._encoded[node.col_offset : end].decode("utf-8", "replace"))


def read(source: Source) -> ast.expr:
    """Returns the syntax tree of a rule.

    Raises:
        RuleFault: If it is empty, too long, nested too deeply, or no expression.
    """
    text = source.text
    if not text.strip():
        raise RuleFault("The rule is empty; write a condition such as recency_days < 30.")
    if len(text) > LONGEST_RULE:
        raise RuleFault(f"The rule has {len(text):,} characters and may have {LONGEST_RULE:,}; split it in several.")
    dotted = _check_tokens(source)
    start = len(text) - len(text.lstrip(" "))
    try:
        tree = ast.parse(text[start:], mode="eval").body
    except SyntaxError as error:
        raise _unreadable(error, text, dotted, start) from None
    except (ValueError, MemoryError, RecursionError):
        raise _too_deep() from None
    _shift(tree, start)
    return tree


def _check_tokens(source: Source) -> str:
    """Returns the text with quoted texts and numbers dotted out; refuses what Python would read as something else."""
    kept = []
    for token in _TOKEN.finditer(source.text):
        word, at = token.group(), token.start()
        if token.lastgroup == "text":
            _check_text(source.raw[at : token.end()], at)
        elif token.lastgroup == "number" and not _DECIMAL.fullmatch(word):
            raise RuleFault(f"{shortened(word)} is no number; write it like 30 or 0.5, with a blank after it.", at + 1)
        elif word in _REFUSED_SIGNS:
            raise RuleFault(f"{_sentence(_REFUSED_SIGNS[word])}.", at + 1)
        elif not word.isprintable():
            raise RuleFault("A sign that cannot be seen stands here; take it out.", at + 1)
        kept.append(word if token.lastgroup == "other" else "·" * len(word))
    return "".join(kept)


def _check_text(text: str, at: int) -> None:
    if "\\" in text:
        raise RuleFault(f"{_sentence(_NO_BACKSLASH)}.", at + text.index("\\") + 1)
    if any(sign in "\0\t\n\r" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise RuleFault("A line break, tab or sign that cannot be seen stands in this text; take it out.", at + 1)


def _unreadable(error: SyntaxError, text: str, dotted: str, start: int) -> RuleFault:
    column = min(max(error.offset or 1, 1) + start, len(text))
    message = error.msg or ""
    if "was never closed" in message:
        return RuleFault("This bracket is not closed; add its other half.", column)
    if message.startswith("unmatched") or "does not match" in message:
        return RuleFault("This bracket closes none that was opened; take it out or add its other half.", column)
    if "string literal" in message:
        return RuleFault("This text has no end; add the quote that closes it.", column)
    if "too many nested" in message:
        return _too_deep()
    for pattern, hint in _HINTS:
        if found := pattern.search(dotted):
            return RuleFault(f"{_sentence(hint)}.", found.start() + 1)
    for word in re.finditer(r"\b\w+\b", dotted):
        if word.group() in _PYTHON_WORDS:
            name = word.group()
            remedy = f'a feature of this name is written features["{name}"].'
            return RuleFault(f"{name} has no meaning in a rule; {remedy}", word.start() + 1)
    if _UNFINISHED.search(dotted):
        return RuleFault("The rule breaks off here; a condition reads like recency_days < 30.", len(text.rstrip()))
    return RuleFault("This cannot be read from here; a condition reads like recency_days < 30.", column)


def _too_deep() -> RuleFault:
    return RuleFault(f"The rule is nested more than {DEEPEST_NESTING} deep; split it in several.")


def _shift(tree: ast.expr, start: int) -> None:
    """Moves the places of all parts behind the blanks at the start, and refuses what is nested too deeply."""
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST_NESTING:
            raise _too_deep()
        if isinstance(node, ast.expr):
            node.col_offset += start
            node.end_col_offset = (node.end_col_offset or 0) + start
            depth += 1
        waiting += [(child, depth) for child in ast.iter_child_nodes(node)]


def _sentence(hint: str) -> str:
    return hint[0].upper() + hint[1:]
