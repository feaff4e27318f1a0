"""Faults of fields told by the options that gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from banditsvc.client import BanditsvcError
from banditsvc.core.errors import FieldViolation, InvalidRequest

_KEY = re.compile(r"\[\d+\]|[\[\]\"']")


@contextmanager
def fields_named(options: Mapping[str, str]) -> Iterator[None]:
    """Tells faults of fields by the names of options.

    Args:
        options: Option by field, such as "context.segment": "--segment". Other fields keep their names.

    Raises:
        InvalidRequest: In the place of one with the names of fields.
        BanditsvcError: Likewise.
    """
    try:
        yield
    except InvalidRequest as error:
        raise InvalidRequest([_named(one, options) for one in error.violations]) from error
    except BanditsvcError as error:
        told = tuple(_named(one, options) for one in error.violations)
        raise BanditsvcError(
            error.code, error.message, reason=error.reason, violations=told, retry_seconds=error.retry_seconds
        ) from error


def _named(violation: FieldViolation, options: Mapping[str, str]) -> FieldViolation:
    """Returns a fault with the option before what is left of the path: `--consent purpose`, `--feature visits`."""
    whole = re.sub(r"\[\d+\]", "", violation.field)
    known = [field for field in options if whole == field or whole.startswith((f"{field}.", f"{field}["))]
    told = violation.field
    if known:
        longest = max(known, key=len)
        told = f"{options[longest]} {_KEY.sub('', whole[len(longest) :].lstrip('.'))}".rstrip()
    return FieldViolation(told, _described(violation.description, options))


def _described(text: str, options: Mapping[str, str]) -> str:
    """Returns a description with the options of the other fields that it names; only names with a _ are sure to be one."""
    for field in sorted(options, key=len, reverse=True):
        if "_" in field and field != options[field].removeprefix("--"):
            text = re.sub(rf"(?<![\w.-]){re.escape(field)}(?![\w.-])", options[field], text)
    return text
