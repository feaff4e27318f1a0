"""What is raised where a law does not hold."""

from __future__ import annotations


class LawBroken(AssertionError):
    """A law does not hold. The text is one sentence: which law, and where it was broken."""
