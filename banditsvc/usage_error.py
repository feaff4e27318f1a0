"""The base of errors about what an operator gave: settings, files, column maps."""

from __future__ import annotations


class UsageError(Exception):
    """Something given cannot be used, and nothing was done. The text is for whoever gave it: what, and the remedy."""
