"""The extra that pages need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from banditsvc.usage_error import UsageError

_MODULES = {"jinja2", "markupsafe", "matplotlib"}


class ExtraMissing(UsageError):
    """Pages cannot be made because the libraries for them are not installed."""


@contextmanager
def reports_extra() -> Iterator[None]:
    """Turns the failure to import what the extra `reports` brings into a message that says how to install it.

    Import banditsvc.reports.html, and modules that do so, inside of it: nothing else needs these libraries, and loading
    them takes a while.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _MODULES:
            raise
        raise ExtraMissing(
            f"pages need {error.name}, which is not installed: pip install 'banditsvc[reports]'; "
            "the table, --json and --csv do without"
        ) from error
