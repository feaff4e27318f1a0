"""The set fields of a message, as the client's methods take them."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message


def set_fields(message: Message) -> dict[str, Any]:
    """Returns every set field by name; repeated ones as lists."""
    return {field.name: list(value) if field.is_repeated else value for field, value in message.ListFields()}
