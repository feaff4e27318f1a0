"""How a CSV file is written, and whether it is."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path

from banditsvc.usage_error import UsageError

CHUNK_BYTES = 1 << 20
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileError(UsageError):
    """A file that cannot be read as CSV or Parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How the text of a CSV file is written."""

    delimiter: str = ","
    encoding: str = "utf-8"
    """A UTF-8 file may begin with a byte order mark."""

    @classmethod
    def of_options(cls, delimiter: str = ",", encoding: str = "utf-8") -> TextFormat:
        """Returns the format that options give; the delimiter may be written `tab`.

        Raises:
            FileError: The delimiter is no single character, or there is no such encoding.
        """
        character = "\t" if delimiter in ("tab", "\\t") else delimiter
        if len(character) != 1 or character in '"\r\n':
            raise FileError(f"--delimiter {delimiter!r} is not one character, such as ; or tab")
        try:
            name = codecs.lookup(encoding).name
            "".encode(name)
        except LookupError:
            raise FileError(f"--encoding {encoding!r} is no encoding, such as utf-8 or latin-1") from None
        return cls(delimiter=character, encoding=name)

    @property
    def reading(self) -> str:
        """Returns the encoding to read with."""
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding

    def check_text(self, path: Path) -> None:
        """Checks the whole file, so that nothing of a file that cannot be read is posted.

        Raises:
            FileError: Some bytes are not of this encoding, or the file ends within a quoted cell; it names the line.
            OSError: The file cannot be read.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        line, start, quotes = 1, b"", 0
        with path.open("rb") as file:
            while True:
                chunk = file.read(CHUNK_BYTES)
                start = start or chunk[:2]
                try:
                    quotes += decoder.decode(chunk, final=not chunk).count('"')
                except UnicodeDecodeError as error:
                    line += error.object[: error.start].count(b"\n")
                    remedy = "utf-16" if start in UTF_16_MARKS else "latin-1"
                    raise FileError(
                        f"{path} is not {self.encoding.upper()}: line {line} has other bytes; "
                        f"say how it is written, such as --encoding {remedy}"
                    ) from None
                if not chunk:
                    break
                line += chunk.count(b"\n")

        if quotes % 2:  # else each is closed
            self._check_end(path)

    def _check_end(self, path: Path) -> None:
        line = 1
        with path.open(encoding=self.reading, newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                for _ in reader:
                    line = reader.line_num + 1
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise FileError(
                        f"{path} ends within a quoted cell of the row that begins on line {line}: it was cut off, or a quote "
                        "is missing; write it again"
                    ) from None

    def check_header(self, path: Path, columns: list[str]) -> None:
        """Checks that a header is not one column only because another delimiter was used.

        Raises:
            FileError: It is; the message names the delimiter.
        """
        if len(columns) != 1:
            return
        for character, name, written in ((";", "semicolons", '";"'), ("\t", "tabs", "tab"), (",", "commas", '","')):
            if character != self.delimiter and character in columns[0]:
                raise FileError(f"{path} seems to be separated by {name}: say --delimiter {written}")
