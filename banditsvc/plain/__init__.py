"""Messages of the contract as people write and read them."""

from banditsvc.plain.exploration import exploration_text
from banditsvc.plain.hint import unknown_table
from banditsvc.plain.json_values import json_values
from banditsvc.plain.parse import parse_message
from banditsvc.plain.show import plain_fields
from banditsvc.plain.values import enum_value, number_text, parse_span, parse_time, short_name, span_text

__all__ = [
    "enum_value",
    "exploration_text",
    "json_values",
    "number_text",
    "parse_message",
    "parse_span",
    "parse_time",
    "plain_fields",
    "short_name",
    "span_text",
    "unknown_table",
]
