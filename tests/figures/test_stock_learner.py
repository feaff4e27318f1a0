"""Laws of stock Vowpal Wabbit as a peer: it is what it is called, fed as anyone would feed it."""

from __future__ import annotations

import numpy as np
import pytest
from vowpal_wabbit_next import TextFormatParser, Workspace

from banditsvc.core.campaign import Campaign
from banditsvc.core.context import CustomerContext
from banditsvc.core.context_columns import Coded, ContextColumns
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from figures.stock_learner import STOCK, StockVowpalWabbit
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible, Learned

ROWS, CAMPAIGNS = 60, tuple([Campaign(campaign_id=f"c{place}", family=f"f{place % 2}") for place in range(3)])
SEGMENTS, LEVELS = ("p", "q"), ("u", "v", "w")


def _customers() -> tuple[Contexts, list[CustomerContext]]:
    """Returns some contexts as columns and one by one."""
    rng = np.random.default_rng(1)
    segments, levels = rng.integers(0, 2, ROWS), rng.integers(0, 3, ROWS)
    columns = ContextColumns(rows=ROWS, segment=Coded(segments, SEGMENTS), features={"x": Coded(levels, LEVELS)})
    single = [
        CustomerContext(segment=SEGMENTS[segment], features={"x": LEVELS[level]})
        for segment, level in zip(segments.tolist(), levels.tolist(), strict=True)
    ]
    return Contexts(columns, day=0, send_time_us=0), single


def _lines(context: CustomerContext, label: str = "", chosen: int = -1) -> list[str]:
    """Returns an example in Vowpal Wabbit's own text format."""
    encoder = Encoder(EncoderSpec())
    known = [name for name, _ in encoder.context_names(context) if not name.endswith("#unknown")]
    actions = [
        f"{label if place == chosen else ''} |A {' '.join([name for name, _ in encoder.campaign_names(campaign)])}"
        for place, campaign in enumerate(CAMPAIGNS)
    ]
    return [f"shared |C {' '.join(known)}", *[action.strip() for action in actions]]


@pytest.mark.parametrize("arguments", STOCK.values())
def test_it_is_vowpal_wabbit_fed_by_text(arguments: str) -> None:
    """After the same decisions its probabilities are those of Vowpal Wabbit that reads the features as text."""
    contexts, single = _customers()
    eligible = Eligible(CAMPAIGNS, np.ones((ROWS, len(CAMPAIGNS)), dtype=np.bool_))
    rng = np.random.default_rng(2)
    chosen, reward = rng.integers(0, len(CAMPAIGNS), ROWS), (rng.random(ROWS) < 0.3).astype(np.float64)
    peer = StockVowpalWabbit(arguments, EncoderSpec())
    peer.learn(Learned(contexts, eligible, chosen, np.full(ROWS, 0.25), reward))
    stock = Workspace(["--cb_explore_adf", "-q", "CA", "--quiet", *arguments.split()])
    parser = TextFormatParser(stock)
    for context, place, its in zip(single, chosen.tolist(), reward.tolist(), strict=True):
        lines = _lines(context, f"0:{-its}:0.25", place)
        stock.learn_one([parser.parse_line(line) for line in lines])
    expected = []
    for context in single:
        found = stock.predict_one([parser.parse_line(line) for line in _lines(context)])
        expected.append([probability for _, probability in sorted(found)])  # type: ignore[arg-type, misc]  # action and probability
    assert peer.pmf(contexts, eligible) == pytest.approx(np.array(expected), abs=1e-5)


def test_whoever_is_not_eligible_is_refused() -> None:
    """It is asked only where all campaigns are eligible for everybody."""
    contexts, _ = _customers()
    mask = np.ones((ROWS, len(CAMPAIGNS)), dtype=np.bool_)
    mask[3, 1] = False
    with pytest.raises(ValueError, match="eligible for everybody"):
        StockVowpalWabbit("--squarecb", EncoderSpec()).pmf(contexts, Eligible(CAMPAIGNS, mask))
