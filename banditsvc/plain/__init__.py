"""Messages of the contract as people write and read them."""

from banditsvc.plain.parse import parse_message
from banditsvc.plain.show import plain_fields
from banditsvc.plain.values import enum_value, parse_span, parse_time, short_name

__all__ = ["enum_value", "parse_message", "parse_span", "parse_time", "plain_fields", "short_name"]
