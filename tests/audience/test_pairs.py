"""Pairs of customer and campaign."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from banditsvc.audience.audience_rows import AudienceRows
from banditsvc.audience.bad_rows import BadRow, BadRows
from banditsvc.audience.on_bad_row import OnBadRow
from banditsvc.audience.pairs import Pairs
from banditsvc.audience.source.batch_sources import GivenBatches
from banditsvc.audience.source.cell_texts import CellTexts
from banditsvc.core.campaign import Campaign
from banditsvc.import_files import Columns, RejectsFile, TextFormat
from tests.audience.ordered import CAMPAIGNS, order, order_pairs, rejected, rows_of

_CUSTOMERS = pa.table({"customer_id": ["ann", "bob", "cat"]})
_CATALOGUE = {name: Campaign(campaign_id=name, features={"theme": "shoes"}) for name in CAMPAIGNS}


def _with_pairs(
    pairs: pa.Table, directory: Path, on_bad_row: OnBadRow = OnBadRow.REJECT
) -> dict[str, tuple[str | Campaign, ...]]:
    spilled = order(GivenBatches(_CUSTOMERS.to_reader()), directory)
    found = Pairs(order_pairs(GivenBatches(pairs.to_reader()), directory, spilled.part_bits), CAMPAIGNS)
    columns = ("customer_id", "campaign_id")
    cells, pair_cells = (
        CellTexts(Columns(columns={name: name for name in names}), CAMPAIGNS) for names in (columns[:1], columns)
    )
    with (
        RejectsFile(directory / "rejects.csv", columns, TextFormat()) as rejects,
        RejectsFile(directory / "pair-rejects.csv", columns, TextFormat()) as pair_rejects,
    ):
        found.check(
            spilled,
            BadRows("customers", on_bad_row, rejects, cells),
            BadRows("pairs", on_bad_row, pair_rejects, pair_cells),
        )
    (rows,) = rows_of(spilled)
    added: AudienceRows = found.added(rows, 0, _CATALOGUE)
    return {customer: added.candidates_of(place) for place, customer in enumerate(added.customer_ids.tolist())}


def test_pairs_are_the_candidates(tmp_path: Path) -> None:
    """A customer's candidates are the campaigns of its pairs; pairs of others do no harm."""
    pairs = pa.table(
        {
            "customer_id": ["bob", "ann", "bob", "cat", "zoe"],
            "campaign_id": ["winback", "boots", "boots", "dresses", "boots"],
        }
    )

    assert {"ann": ("boots",), "bob": ("boots", "winback"), "cat": ("dresses",)} == _with_pairs(pairs, tmp_path)


def test_features_of_a_pair_are_the_campaigns_for_this_customer(tmp_path: Path) -> None:
    """With features a pair is the campaign of the catalogue, described with these too; unknown ones are left out."""
    pairs = pa.table(
        {
            "customer_id": ["ann", "bob", "cat"],
            "campaign_id": ["boots", "boots", "boots"],
            "features.score": [0.25, None, 0.75],
            "features.because": ["viewed", "bought", None],
            "features.like": [["hat", "bag", "hat"], None, []],
            "features.new": [None, None, True],
        }
    )

    described = _with_pairs(pairs, tmp_path)

    assert (
        Campaign(
            campaign_id="boots",
            features={"theme": "shoes", "score": 0.25, "because": "viewed", "like": ("bag", "hat")},
        ),
    ) == described["ann"]
    assert (Campaign(campaign_id="boots", features={"theme": "shoes", "because": "bought"}),) == described["bob"]


def test_what_is_wrong_with_pairs_is_named(tmp_path: Path) -> None:
    """A customer without pairs is rejected, and so are pairs that are there twice, or with an unknown campaign."""
    pairs = pa.table({"customer_id": ["ann", "bob", "bob", "cat"], "campaign_id": ["boots", "boots", "boots", "botts"]})

    assert {"ann": ("boots",)} == _with_pairs(pairs, tmp_path)
    assert ['3,"customer_id: cat has no pair, and so no candidates",cat,'] == rejected(tmp_path)
    assert {
        "2,campaign_id: the pair of bob and boots is there twice,bob,boots",
        "3,campaign_id: the pair of bob and boots is there twice,bob,boots",
    } == set((tmp_path / "pair-rejects.csv").read_text("utf-8").splitlines()[1:])
    assert "4,campaign_id: 'botts' is no campaign of the catalogue,cat,botts" in (
        tmp_path / "pairs" / "rejects.csv"
    ).read_text("utf-8")


def test_a_customer_without_pairs_stops_the_run(tmp_path: Path) -> None:
    """Where bad rows stop the run, a customer without pairs does."""
    pairs = pa.table({"customer_id": ["ann", "bob"], "campaign_id": ["boots", "boots"]})

    with pytest.raises(BadRow, match="customers, row 3: customer_id: cat has no pair"):
        _with_pairs(pairs, tmp_path, OnBadRow.STOP)
