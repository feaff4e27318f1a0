"""Pages of lists (AIP-158)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from banditsvc.core.errors import FieldViolation, InvalidRequest

T = TypeVar("T")

DEFAULT_SIZE = 50
MOST_SIZE = 1000

_DIGEST_LENGTH = 8


def page_of(
    items: Sequence[T], key: Callable[[T], str], page_size: int, page_token: str, scope: Sequence[str]
) -> tuple[Sequence[T], str]:
    """Returns the items of one page and the token of the next, empty on the last page.

    A token names the last item of its page, so items that are added meanwhile shift nothing.

    Args:
        items: The whole list in its order.
        key: Name of an item, distinct in the list.
        page_size: As the caller gave it: 0 means 50, more than 1,000 means 1,000.
        page_token: The token of the page before, or empty.
        scope: The RPC and its other arguments; a token is good for these alone.

    Raises:
        InvalidRequest: page_size is negative, or page_token is not one of this list.
    """
    violations = []
    if page_size < 0:
        violations.append(FieldViolation("page_size", "must be at least 0"))
    start = _start(items, key, page_token, scope) if page_token else 0
    if start is None:
        violations.append(FieldViolation("page_token", "must be empty, or a token of this list with these arguments"))
    if start is None or violations:
        raise InvalidRequest(violations)
    stop = start + min(page_size or DEFAULT_SIZE, MOST_SIZE)
    page = items[start:stop]
    return page, _token(key(page[-1]), scope) if stop < len(items) else ""


def _start(items: Sequence[T], key: Callable[[T], str], token: str, scope: Sequence[str]) -> int | None:
    """Returns the place after the item that the token names, None where there is no such item or token."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
        last = raw[_DIGEST_LENGTH:].decode()
    except ValueError:
        return None
    if raw[:_DIGEST_LENGTH] != _digest(scope):
        return None
    return next((place + 1 for place, item in enumerate(items) if key(item) == last), None)


def _token(last: str, scope: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(_digest(scope) + last.encode()).decode()


def _digest(scope: Sequence[str]) -> bytes:
    hashed = hashlib.sha256()
    for part in scope:
        hashed.update(f"{len(part)}:{part}".encode())
    return hashed.digest()[:_DIGEST_LENGTH]
