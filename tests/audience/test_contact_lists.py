"""Contact lists."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec import structs

from banditsvc.audience.contact_lists import ContactLists
from banditsvc.audience.list_format import ListFormat
from banditsvc.core.campaign import Campaign, Treatment
from tests.store.audience_files import row, write_part

_CATALOGUE = {
    "a": Campaign(campaign_id="a", channel="email", message_fields={"subject": "Boots, now", "image": "boots.png"}),
    "b": Campaign(campaign_id="b", channel="SMS/short", message_fields={"text": "Hi"}),
    "c": Campaign(
        campaign_id="c",
        treatments=(Treatment(treatment_id="x", message_fields={"subject": "Special"}),),
        message_fields={"subject": "Plain"},
    ),
}


def _read(path: Path) -> list[dict[str, str | None]]:
    if path.suffix == ".parquet":
        found: list[dict[str, str | None]] = pq.read_table(path).to_pylist()
        return found
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: value or None for name, value in line.items()} for line in csv.DictReader(file)]


@pytest.mark.parametrize("list_format", list(ListFormat))
def test_each_channel_has_its_list(list_format: ListFormat, tmp_path: Path) -> None:
    """Each contact is in the list of its channel once, with the texts of its campaign; who gets nothing is in none."""
    first, second = row("c1", 0), row("c2", 1, campaign_id="b")
    third = structs.replace(
        row("c3", 2, campaign_id="c"), campaign_id="c", treatments=("x", ""), eligible=("c", "d"), treatment_id="x"
    )
    nothing = row("c4", 3, campaign_id="")
    write_part(tmp_path, [first, structs.replace(second, campaign_id="b", eligible=("a", "b"))])
    write_part(tmp_path, [third, nothing], number=1)
    parts = [tmp_path / "audience" / "night" / f"part-0000{number}.parquet" for number in range(2)]

    lists = ContactLists(tmp_path / "lists", _CATALOGUE, "push", list_format)
    lists.write(parts)

    assert {"email", "SMS-short", "push"} == {path.stem for path in (tmp_path / "lists").iterdir()}
    assert [1, 1, 1] == sorted(lists.counts.values())
    named = {"treatment_id": None, "image": "boots.png", "subject": "Boots, now"}
    assert [{"customer_id": "c1", "decision_id": "night/0", "campaign_id": "a", **named}] == _read(lists.path("email"))
    assert [
        {"customer_id": "c2", "decision_id": "night/1", "campaign_id": "b", "treatment_id": None, "text": "Hi"}
    ] == _read(lists.path("SMS/short"))
    assert [
        {"customer_id": "c3", "decision_id": "night/2", "campaign_id": "c", "treatment_id": "x", "subject": "Special"}
    ] == _read(lists.path("push"))


def test_channels_have_files_of_their_own(tmp_path: Path) -> None:
    """Channels whose names differ only in what file names lack, or in case, have a list each."""
    channels = {"a": "邮件", "b": "短信", "c": "SMS short", "d": "SMS-short", "e": "sms-SHORT"}
    catalogue = {name: Campaign(campaign_id=name, channel=channel) for name, channel in channels.items()}
    made = [
        structs.replace(row(f"c{number}", number, campaign_id=name), campaign_id=name, eligible=(name, "other"))
        for number, name in enumerate(channels)
    ]
    for number, one in enumerate(made):
        write_part(tmp_path, [one], number=number)

    lists = ContactLists(tmp_path / "lists", catalogue, "")
    lists.write(sorted((tmp_path / "audience" / "night").glob("part-*.parquet")))

    assert ["-", "--2", "SMS-short", "SMS-short-3", "sms-SHORT-2"] == sorted(
        path.stem for path in (tmp_path / "lists").iterdir()
    )
    assert "SMS-short" == lists.path("SMS-short").stem
    for name, channel in channels.items():
        assert [name] == [line["campaign_id"] for line in _read(lists.path(channel))]
