"""Messages of the contract from rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, TypeVar, cast
from zoneinfo import ZoneInfo

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.import_files.columns import Columns
from banditsvc.import_files.rows import Row
from banditsvc.plain import parse_message

M = TypeVar("M", bound=Message)

FLAGS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
"""Flags as files write them, in any case."""
TIMESTAMP = "google.protobuf.Timestamp"


class RowReader(Generic[M]):
    """Makes one message of each row. An empty cell leaves its field unset."""

    def __init__(
        self,
        message_type: type[M],
        columns: Columns,
        available: tuple[str, ...],
        time_zone: str | None = None,
        decimal: str = ".",
    ) -> None:
        """Checks the columns.

        Args:
            message_type: What to make; its fields without further structure, and times, can be columns.
            columns: The column of each field.
            available: Columns of the file.
            time_zone: IANA name of the zone of times without an offset. None refuses such times.
            decimal: What stands before the decimals of a number written as text, `.` or `,`.

        Raises:
            ColumnError: A field or column does not exist.
        """
        self._message_type = message_type
        self._fields = self._known_fields(columns, available)
        self.columns = columns.resolve(self._fields, available, is_list=self._is_list)
        """The column of each field, those that have the field's own name included."""
        self._decimal = decimal
        self._zone = ZoneInfo(time_zone) if time_zone else None

    def read(self, row: Row) -> M:
        """Returns the row's message.

        Raises:
            InvalidRequest: Some cells do not fit; each is named by its field.
        """
        if row.fault:
            raise InvalidRequest([FieldViolation("(row)", row.fault)])
        plain: dict[str, object] = {}
        violations: list[FieldViolation] = []
        for name, column in self.columns.columns.items():
            self._take(plain, name, row.cells.get(column), violations)
        for name, value in self.columns.constants.items():
            self._take(plain, name, value, violations)
        try:
            message = parse_message(self._message_type, self._shape(plain))
        except InvalidRequest as error:
            raise InvalidRequest([*violations, *error.violations]) from None
        if violations:
            raise InvalidRequest(violations)
        return message

    def _known_fields(
        self,
        columns: Columns,  # noqa: ARG002  a message with maps has fields by the names of columns
        available: tuple[str, ...],  # noqa: ARG002  likewise
    ) -> Mapping[str, FieldDescriptor | None]:
        """Returns what a column can be; None stands for what is of any type."""
        return row_fields(self._message_type)

    def _is_list(self, name: str) -> bool:  # noqa: ARG002  of plain messages none is
        """Returns whether the cells of a field may hold several texts."""
        return False

    def _shape(self, plain: dict[str, object]) -> dict[str, object]:
        """Returns the message's plain values from those of the fields."""
        return plain

    def _take(self, plain: dict[str, object], name: str, cell: object, violations: list[FieldViolation]) -> None:
        if cell is None or cell == "" or cell != cell:  # noqa: PLR0124 - NaN is how tables say "missing"
            return
        try:
            field = self._fields[name]
            plain[name] = self._free(name, cell) if field is None else self._plain(field, cell)
        except ValueError as error:
            violations.append(FieldViolation(name, str(error)))

    def _free(self, name: str, cell: object) -> object:  # noqa: ARG002  what a cell means may depend on the name
        """Returns the value of a field of any type."""
        return cell

    def _plain(self, field: FieldDescriptor, cell: object) -> object:
        if field.message_type is not None:
            return self._time(cell)
        if field.type == FieldDescriptor.TYPE_STRING:
            return _identifier(cell)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return _flag(cell)
        if field.enum_type is None and isinstance(cell, str | Decimal):
            return _number(str(cell).strip(), self._decimal)
        return cell

    def _time(self, cell: object) -> object:
        moment = _moment(cell)
        if moment.tzinfo is None:
            if self._zone is None:
                raise ValueError(f"{moment.isoformat()} has no offset from UTC: give --time-zone, such as UTC")
            moment = moment.replace(tzinfo=self._zone)
        return moment


def row_fields(message_type: type[Message]) -> dict[str, FieldDescriptor]:
    """Returns the fields of a message that a column can give, by name."""
    descriptor = cast("Descriptor", message_type.DESCRIPTOR)
    return {
        field.name: field
        for field in descriptor.fields
        if not field.is_repeated and (field.message_type is None or field.message_type.full_name == TIMESTAMP)
    }


def _moment(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    try:
        return datetime.fromisoformat(str(cell).strip())
    except ValueError:
        raise ValueError(f"{cell!r} is no time, such as 2026-11-23T08:00:00Z") from None


def _identifier(cell: object) -> str:
    # Tables with gaps turn whole numbers into floats: customer 17 must not become "17.0".
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _flag(cell: object) -> object:
    if isinstance(cell, bool):
        return cell
    flag = FLAGS.get(_identifier(cell).lower())
    if flag is None:
        raise ValueError(f"{cell!r} is neither true nor false")
    return flag


def _number(text: str, decimal: str) -> float:
    # A dot beside decimal commas may stand between thousands: 1.234 must not become 1.2.
    is_mixed = decimal == "," and "." in text
    try:
        return float("" if is_mixed else text.replace(decimal, "."))
    except ValueError:
        raise ValueError(f"{text!r} is not a number{decimal_remedy(text, decimal)}") from None


def decimal_remedy(text: str, decimal: str) -> str:
    """Returns what to say of a text that is no number, where its dots or commas are why; else nothing."""
    if decimal == "," and "." in text:
        return " with a decimal comma: write no dots"
    is_comma = decimal == "." and re.fullmatch(r"-?\d+,\d+", text)
    return '; for a decimal comma say --decimal ","' if is_comma else ""
