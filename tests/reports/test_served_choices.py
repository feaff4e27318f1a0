"""Choices of decisions that the service made, with treatments, levers and limits on exploration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from banditsvc.core.decision import DecidedBy
from banditsvc.reports.log_choices import choices_of
from banditsvc.store.sqlite_log import SqliteLog
from tests.serving.shop import START_US
from tests.serving.treated_shop import SHOP, activated, decided, random_requests


def test_choices_say_of_a_decision_what_it_says(tmp_path: Path) -> None:
    """What was best, whether something else was chosen, and with what probability is as the service logged it."""
    made = decided(activated(), random_requests(3, 600))
    log = SqliteLog(tmp_path / "log.db")
    log.append([SHOP, *made], START_US)
    choices = choices_of(log, "shop", None, None)
    log.close()
    kept = [one for one in made if not one.input.is_test]
    by_policy = [place for place, one in enumerate(kept) if one.decided_by is DecidedBy.POLICY]

    assert len(made) - len(kept) == choices.tests
    assert [one.campaign_id for one in kept] == [
        "" if code < 0 else choices.families[code] for code in choices.family.tolist()
    ]
    assert [kept[place].explored for place in by_policy] == (~choices.best.was_chosen[by_policy]).tolist()
    assert 10 < sum(kept[place].explored for place in by_policy) < len(by_policy) - 10
    assert [kept[place].selection_probability for place in by_policy] == pytest.approx(
        choices.family_probability[by_policy].tolist()
    )
    assert (choices.best.probability[by_policy] > 0.0).all()
    assert choices.has_levers.any()
    shares = np.bincount(choices.offers.decision, choices.offers.probability, minlength=len(kept))
    assert shares.tolist() == pytest.approx([float(bool(one.eligible)) for one in kept])
