"""What cannot be fitted."""

from __future__ import annotations

from banditsvc.usage_error import UsageError


class FitError(UsageError):
    """Data that no world can be fitted to. The text says what there is, and what would be needed."""


class TooFewResponses(FitError):
    """An arm, or all of them together, responded too seldom for its chances to be known."""
