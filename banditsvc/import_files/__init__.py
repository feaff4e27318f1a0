"""Outcomes, activations, consents, past sends and requests from CSV and Parquet files."""

from banditsvc.import_files.columns import ColumnError, Columns
from banditsvc.import_files.messages import RowReader
from banditsvc.import_files.past_rows import PastRowReader
from banditsvc.import_files.rank_rows import RankRowReader
from banditsvc.import_files.rejects import RejectsFile
from banditsvc.import_files.rows import Row, RowFile
from banditsvc.import_files.text_format import FileError, TextFormat

__all__ = [
    "ColumnError",
    "Columns",
    "FileError",
    "PastRowReader",
    "RankRowReader",
    "RejectsFile",
    "Row",
    "RowFile",
    "RowReader",
    "TextFormat",
]
