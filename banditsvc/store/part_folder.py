"""The folder of part files: what the log is to say of each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from banditsvc.core.audience_part import AudiencePart, PartContacts, part_name
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.errors import FailedPrecondition
from banditsvc.whole_file import sync_file


class PartFolder:
    """The AudienceFiles of a data directory."""

    def __init__(self, directory: Path) -> None:
        """Takes the data directory."""
        self._directory = directory

    def describe(self, run_id: str, number: int, organization_id: str) -> AudiencePart:
        """Returns what the log is to say of a part; see AudienceFiles.describe."""
        name = part_name(run_id, number)
        path = self._directory / name
        try:
            # The file and its name, whoever wrote it.
            for one in (path, path.parent, path.parent.parent):
                sync_file(one)
        except OSError as error:
            message = f"{name} is not in the service's data directory, or cannot be read: {error.strerror}"
            raise FailedPrecondition("PART_MISSING", message) from error
        return _described(path, run_id, number, organization_id)


def _described(path: Path, run_id: str, number: int, organization_id: str) -> AudiencePart:
    # A service without audiences needs nothing of what these import.
    import pyarrow as pa  # noqa: PLC0415

    from banditsvc.arrow_alone import keep_pandas_out  # noqa: PLC0415
    from banditsvc.part_file import PartFault, PartFile  # noqa: PLC0415
    from banditsvc.store.part_index import open_index  # noqa: PLC0415

    keep_pandas_out()
    name = part_name(run_id, number)
    try:
        file = PartFile(path)
        try:
            if (file.run_id, file.number) != (run_id, number):
                raise PartFault(f"it is part {file.number} of run {file.run_id!r}")
            portfolio_id, occasion, send_time_us = (
                file.constant(column) for column in ("portfolio_id", "occasion", "send_time")
            )
        finally:
            file.close()
        index = open_index(path, (run_id, number))
        terms = index.contact_terms
        expected = {(organization_id, send_time_us)}
        holds = {one.hold_until_us for one in terms if not one.is_ghost}
        if len(holds) > 1 or {(one.organization_id, one.contact_time_us) for one in terms} - expected:
            raise PartFault("its contacts are not all of the organization, at send_time")  # noqa: TRY301
    except (OSError, pa.ArrowException, PartFault, KeyError, ValueError, TypeError) as error:
        raise FailedPrecondition("PART_DAMAGED", f"{name} is no whole part of the run: {error}") from error
    counts: Counter[tuple[CampaignLabels, bool]] = Counter()
    for kind, count in zip(index.kinds, np.bincount(index.codes, minlength=len(index.kinds)).tolist(), strict=True):
        if kind.labels is not None:
            counts[kind.labels, kind.is_ghost] += count
    row_count = len(index.rows)
    first_hash, last_hash = index.ends if row_count else (0, 0)
    return AudiencePart(
        run_id=run_id,
        number=number,
        portfolio_id=str(portfolio_id or ""),
        organization_id=organization_id,
        occasion=str(occasion or ""),
        send_time_us=send_time_us if isinstance(send_time_us, int) else 0,
        hold_until_us=next(iter(holds), None),
        row_count=row_count,
        first_row=index.rows[0] if row_count else 0,
        last_row=index.rows[-1] if row_count else -1,
        first_hash=first_hash,
        last_hash=last_hash,
        size_bytes=path.stat().st_size,
        contacts=tuple(
            PartContacts(labels=labels, is_ghost=is_ghost, count=count) for (labels, is_ghost), count in counts.items()
        ),
    )
