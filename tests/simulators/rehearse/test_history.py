"""Reading histories, and what was known and what followed at each send."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from banditsvc.import_files import Columns, TextFormat
from banditsvc.usage_error import UsageError
from simulators.rehearse.history import History
from simulators.rehearse.history_file import HistoryFormat, read_history
from simulators.rehearse.history_rows import history_rows, orders_after, purchases_before
from simulators.rehearse.rehearsal import customer_revenue
from tests.simulators.rehearse.histories import written_history


def _send(customer: str, day: int, campaign: str = "news") -> dict[str, object]:
    return {"customer_id": customer, "time": f"2026-03-{day:02d}", "campaign_id": campaign}


def _order(customer: str, day: int, amount: float) -> dict[str, object]:
    return {"customer_id": customer, "time": f"2026-03-{day:02d}", "amount": amount}


@pytest.fixture
def history(tmp_path: Path) -> History:
    return written_history(
        tmp_path,
        [
            _order("ann", 1, 10.0),
            _send("ann", 3),
            _order("ann", 4, 20.0),
            _send("ann", 5, "sale"),
            _order("ann", 6, 5.0),
            _order("ann", 7, 7.0),
            _send("bob", 5),
            _order("bob", 20, 9.0),
            _order("cat", 6, 1.0),
        ],
    )


def test_rfm_at_each_send_is_what_was_bought_before(history: History) -> None:
    """Recency, frequency and money count the customer's own orders before the send, and nothing after."""
    known = purchases_before(history)

    assert [2.0, 1.0, np.nan] == pytest.approx(known.recency_days.tolist(), nan_ok=True)
    assert [1.0, 2.0, 0.0] == known.frequency.tolist()
    assert [10.0, 30.0, 0.0] == known.monetary.tolist()


def test_an_order_belongs_to_the_last_send_before_it(history: History) -> None:
    """Orders count once, for the customer's last send before them, within the window; the delay is to the first."""
    followed = orders_after(history, 7.0)

    assert [20.0, 12.0, 0.0] == followed.amounts.tolist()
    assert [1.0, 1.0, np.nan] == pytest.approx(followed.delays.tolist(), nan_ok=True)


def test_sends_whose_window_is_open_are_left_out(history: History) -> None:
    """Rows are the sends whose window ends by the end of the history; the caveats tell of the others."""
    assert 3 == len(history_rows(history, 7))
    rows = history_rows(history, 16)
    assert 1 == len(rows)
    assert "2 sends at the end of the history are left out: their window is not over." in rows.caveats
    assert rows.caveats[0].startswith("Past sends were not drawn at random")


def test_money_of_a_customer_counts_from_the_first_send(history: History) -> None:
    """Within the horizon from the first send, orders and sends of each customer whose horizon is over are added up."""
    revenue, sends = customer_revenue(history, 10.0)

    assert [32.0, 0.0] == revenue.tolist()
    assert [2.0, 1.0] == sends.tolist()


def test_columns_of_other_names_and_two_files(tmp_path: Path) -> None:
    """A map names the columns; the files may differ in kind; times without an offset are of the given zone."""
    sends, orders = tmp_path / "sends.csv", tmp_path / "orders.parquet"
    sends.write_text("who;sent;what\n7;2026-03-01 00:30;news\n8;2026-03-02;sale\n", "utf-8")
    pd.DataFrame(
        {"who": [7.0, 8.0], "bought": pd.to_datetime(["2026-03-01", "2026-03-05"], utc=True), "amount": [1, 2]}
    ).to_parquet(orders)
    columns = {"customer_id": "who", "send_time": "sent", "campaign_id": "what", "order_time": "bought"}
    written = HistoryFormat(columns=Columns(columns=columns), text=TextFormat(delimiter=";"), time_zone="Europe/Paris")
    history = read_history(sends, orders, written=written)

    assert (2, 2, 2) == (history.customer_count, len(history.sends), len(history.orders))
    # Half past midnight in Paris is before the order at midnight UTC.
    assert [1.0, 2.0] == orders_after(history, 7.0).amounts.tolist()


def test_rows_at_fault_go_to_a_file_with_the_reason(tmp_path: Path) -> None:
    """Bad cells are refused row by row, each named by its column; the rest is used."""
    path = tmp_path / "h.csv"
    path.write_text(
        "customer_id,time,campaign_id,amount\na,2026-03-01,news,\na,2026-03-02,,5\na,2026-03-03,,8\nb,yesterday,news,\n"
        "b,2026-03-02,,-3\nb,2026-03-02,news,\nb,2026-03-02,news,\n",
        "utf-8",
    )
    history = read_history(path)
    rejects = (tmp_path / "h.csv.rejects.csv").read_text("utf-8").splitlines()

    assert (3, 2, 2) == (len(history.sends), len(history.orders), history.rejected)
    assert "time: 'yesterday' is not a time" in rejects[1]
    assert "amount: -3 is not above 0; leave refunds out" in rejects[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customer_id,time,amount\na,2026-03-01,5\n", "has no column campaign_id: name the one that is, such as --map"),
        ("customer_id,time,campaign_id,amount\na,2026-03-01,news,\n", "has no order that can be used"),
        ("customer_id,time,campaign_id,amount\na,2026-03-01,,5\n", "has no send that can be used"),
        ("customer_id,time,campaign_id,amount\na,x,news,\na,x,news,\n", "2 of the 2 rows of .* cannot be used"),
    ],
)
def test_files_that_are_no_history_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """A file that lacks a column, or one kind of rows, is refused with the remedy."""
    path = tmp_path / "h.csv"
    path.write_text(text, "utf-8")

    with pytest.raises(UsageError, match=message):
        read_history(path)
