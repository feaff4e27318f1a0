"""Contact lists: who is to be sent what, a file for each channel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from banditsvc.audience.list_format import ListFormat
from banditsvc.core.campaign import Campaign
from banditsvc.open_part import open_part
from banditsvc.serving.message_fields import fields_of
from banditsvc.whole_file import whole_file

_FIRST = ("customer_id", "decision_id", "campaign_id", "treatment_id")
_NO_CHANNEL = "no-channel"


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class ContactLists:
    """Writes the lists of a run, one part after the other.

    Columns: customer_id, decision_id, campaign_id, treatment_id, and one for each message field of the channel's campaigns.
    """

    directory: Path
    catalogue: Mapping[str, Campaign]
    """As the run had it."""
    request_channel: str
    """Of campaigns without a channel of their own."""
    list_format: ListFormat = ListFormat.CSV
    counts: dict[Path, int] = field(default_factory=dict)
    """Rows by file."""
    _names: dict[str, str] = field(init=False, default_factory=dict)
    """Of files, by channel."""

    def __post_init__(self) -> None:
        stems = {channel: re.sub(r"[^A-Za-z0-9._-]+", "-", channel) or _NO_CHANNEL for channel in self._by_channel()}
        taken: set[str] = set()
        # A channel that is called as its file comes first; some disks take two names for one that differ in case.
        for channel, stem in sorted(stems.items(), key=lambda one: (one[0] != one[1], one[0])):
            numbered = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
            name = self._names[channel] = next(one for one in numbered if one.casefold() not in taken)
            taken.add(name.casefold())

    def write(self, parts: Iterable[Path]) -> None:
        """Writes all lists; each appears whole or not at all.

        Raises:
            OSError: A list cannot be written.
            UsageError: A part is damaged.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        campaigns = self._by_channel()
        schemas = {channel: self._schema(ids) for channel, ids in campaigns.items()}
        with ExitStack() as stack:
            writers: dict[str, _Writer] = {}
            for path in parts:
                with open_part(path) as file:
                    rows = file.columns([*_FIRST, "contact"])
                sent = rows.filter(pc.is_valid(rows.column("contact")))
                for channel, ids in campaigns.items():
                    chosen = sent.filter(pc.is_in(sent.column("campaign_id"), pa.array(ids)))
                    if not chosen.num_rows:
                        continue
                    if channel not in writers:
                        writers[channel] = self._open(channel, schemas[channel], stack)
                    writers[channel].write_batch(self._listed(chosen, schemas[channel]))
                    self.counts[self.path(channel)] = self.counts.get(self.path(channel), 0) + chosen.num_rows
            for writer in writers.values():
                writer.close()

    def path(self, channel: str) -> Path:
        """Returns the file of a channel."""
        return self.directory / f"{self._names[channel]}.{self.list_format}"

    def _by_channel(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for campaign in self.catalogue.values():
            found.setdefault(campaign.channel or self.request_channel, []).append(campaign.campaign_id)
        return found

    def _schema(self, campaign_ids: Iterable[str]) -> pa.Schema:
        names: set[str] = set()
        for campaign in map(self.catalogue.__getitem__, campaign_ids):
            names.update(campaign.message_fields, *[one.message_fields for one in campaign.treatments])
        return pa.schema([(name, pa.string()) for name in (*_FIRST, *sorted(names - set(_FIRST)))])

    def _open(self, channel: str, schema: pa.Schema, stack: ExitStack) -> _Writer:
        file: IO[bytes] = stack.enter_context(whole_file(self.path(channel)))
        if self.list_format is ListFormat.PARQUET:
            parquet: _Writer = stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
            return parquet
        text: _Writer = stack.enter_context(pa_csv.CSVWriter(file, schema))
        return text

    def _listed(self, chosen: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        keys = list(zip(*(chosen.column(name).to_pylist() for name in ("campaign_id", "treatment_id")), strict=True))
        distinct = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        places = pa.array([distinct[key] for key in keys])
        said = [fields_of(self.catalogue[campaign_id], treatment_id or "") for campaign_id, treatment_id in distinct]
        columns = {name: chosen.column(name).cast(pa.string()) for name in _FIRST}
        for name in schema.names[len(_FIRST) :]:
            columns[name] = pa.array([fields.get(name) for fields in said], pa.string()).take(places)
        return pa.RecordBatch.from_pydict(columns, schema=schema)
