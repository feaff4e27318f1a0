"""Laws of the files that rows come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from banditsvc.core.errors import InvalidRequest
from banditsvc.import_files import Columns, FileError, RejectsFile, RowFile, RowReader, TextFormat
from banditsvc.v1 import outcome_pb2
from tests.cli.services import Run

SEMICOLONS = TextFormat.of_options(";")


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_are_numbered_by_their_lines(tmp_path: Path) -> None:
    """A row's number is the line of the file on which it begins, with the header on line 1."""
    file = RowFile(write(tmp_path / "a.csv", 'a,b\n1,"x\ny"\n\n2,z\n'))

    assert [(2, "1"), (5, "2")] == [(row.number, row.cells["a"]) for row in file.rows()]


def test_rows_of_another_width_are_told(tmp_path: Path) -> None:
    """A row with fewer or more cells than the header says so, and keeps what it has."""
    short, long = RowFile(write(tmp_path / "a.csv", "a,b\n1\n1,2,3\n")).rows()

    assert "has fewer cells (1) than the header (2)" == short.fault
    assert ("has more cells (3) than the header (2)", ("3",)) == (long.fault, long.surplus)


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("a;b\n1;2\n", "utf-8", 'seems to be separated by semicolons: say --delimiter ";"'),
        ("a\tb\n1\t2\n", "utf-8", "seems to be separated by tabs: say --delimiter tab"),
        ("a,b\n1,2\n3,é\n", "latin-1", "is not UTF-8: line 3 has other bytes; say how it is written"),
        ("a,b\n1,2\n", "utf-16", "such as --encoding utf-16"),
    ],
)
def test_a_file_written_otherwise_names_the_option(tmp_path: Path, text: str, encoding: str, message: str) -> None:
    """A file with another delimiter or encoding is refused before its first row, with the option that reads it."""
    with pytest.raises(FileError) as error:
        RowFile(write(tmp_path / "a.csv", text, encoding))

    assert message in str(error.value)


def test_delimiter_and_encoding_are_options(tmp_path: Path) -> None:
    """A file with semicolons in Latin-1 is read when told, and its rejects are written alike."""
    text = TextFormat.of_options(";", "latin-1")
    file = RowFile(write(tmp_path / "a.csv", "a;b\n1;é\n", "latin-1"), text)
    (row,) = file.rows()
    with RejectsFile(tmp_path / "r.csv", file.columns, file.text) as rejects:
        rejects.add(row, "no")

    assert {"a": "1", "b": "é"} == row.cells
    assert "row;reason;a;b\r\n2;no;1;é\r\n" == (tmp_path / "r.csv").read_bytes().decode("latin-1")


def amount_of(path: Path, cell: str, decimal: str) -> float:
    file = RowFile(write(path, f"amount;x\n{cell};1\n"), SEMICOLONS)
    (row,) = file.rows()
    return RowReader(outcome_pb2.Outcome, Columns(), file.columns, decimal=decimal).read(row).amount


@pytest.mark.parametrize(("cell", "decimal"), [("59,90", ","), ("59.90", ".")])
def test_decimals_are_read_as_told(tmp_path: Path, cell: str, decimal: str) -> None:
    """A decimal comma is read when told, else a decimal dot."""
    assert 59.9 == amount_of(tmp_path / "a.csv", cell, decimal)


@pytest.mark.parametrize(
    ("cell", "decimal", "message"),
    [
        ("59,90", ".", 'for a decimal comma say --decimal ","'),
        ("1.234", ",", "with a decimal comma: write no dots"),
        ("x", ",", "'x' is not a number$"),
    ],
)
def test_ambiguous_numbers_are_refused(tmp_path: Path, cell: str, decimal: str, message: str) -> None:
    """A number that could be meant otherwise is refused, with the remedy."""
    with pytest.raises(InvalidRequest, match=message):
        amount_of(tmp_path / "a.csv", cell, decimal)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--file", "a.csv", "--type", "CLICK", "-c", "x"], "--type, --customer cannot go with --file"),
        (["--type", "CLICK", "--map", "a=b"], "--map need --file"),
    ],
)
def test_one_row_or_a_file(run: Run, arguments: list[str], message: str) -> None:
    """Options of one row do not go with a file, nor those of a file without one: exit code 2."""
    outcome = run("reward", "-p", "p", *arguments)

    assert 2 == outcome.exit_code
    assert message in outcome.error


@pytest.mark.parametrize(
    ("command", "words"),
    [("apply", "tables organization, portfolio, campaigns"), ("reward", "tables columns, constants")],
)
def test_help_texts_are_whole(run: Run, command: str, words: str) -> None:
    """No word of a help text is lost."""
    shown = " ".join(run(command, "--help").out.replace("│", " ").split())

    assert words in shown
