"""Counters of a part's customers, so that it can be told of which of them they have changed."""

from __future__ import annotations

from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa

from banditsvc.audience.audience_rows import AudienceRows, Standings
from banditsvc.audience.standings import KnownCustomers
from banditsvc.part_file import PartFile
from banditsvc.text_hashes import text_hashes


def counters_path(directory: Path, number: int) -> Path:
    """Returns where the counters of a part are kept."""
    return directory / f"counters-{number:05d}.arrow"


def write_counters(rows: AudienceRows, path: Path) -> None:
    """Keeps a digest of what is on record of each customer of whom anything is.

    Raises:
        OSError: It cannot be written.
    """
    found = _digests(rows.customer_ids.to_pylist(), rows.standings)
    table = pa.table({"customer_id": list(found), "digest": pa.array(list(found.values()), pa.binary())})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)


def changed_customers(known: KnownCustomers, part: int, part_path: Path, counters: Path) -> int:
    """Returns of how many customers of a part something else is on record than when its counters were kept.

    Raises:
        OSError: The files cannot be read.
    """
    with pa.OSFile(str(counters)) as source:
        kept = pa.ipc.open_file(source).read_all().to_pydict()
    before = dict(zip(kept["customer_id"], kept["digest"], strict=True))
    with closing(PartFile(part_path)) as file:
        ids = file.columns(["customer_id"]).column(0).cast(pa.string())
    now = _digests(ids.to_pylist(), known.of_part(part, text_hashes(ids), ids))
    return sum(before.get(customer_id) != now.get(customer_id) for customer_id in {*before, *now})


def _digests(customer_ids: list[str], standings: Standings) -> dict[str, bytes]:
    digests = [
        blake2b(repr(one).encode("utf-8", "surrogatepass"), digest_size=16).digest() for one in standings.with_ghosts
    ]
    return {
        customer_id: digests[code]
        for customer_id, code in zip(customer_ids, standings.codes.tolist(), strict=True)
        if code
    }
