from __future__ import annotations

import pytest

from banditsvc.core.campaign import Campaign
from banditsvc.core.collisions import collision_rate
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec


def _rate(bits: int) -> float:
    encoder = Encoder(EncoderSpec())
    campaigns = [encoder.campaign(Campaign(campaign_id=f"c{number}", family=f"f{number % 7}")) for number in range(50)]
    rows = [(number * 2654435761) % (1 << 32) for number in range(200)]
    return collision_rate(rows, campaigns, bits)


def test_collisions_follow_the_birthday_law() -> None:
    """With n crosses on m weights the share that collides is about 1 - exp(-n / m)."""
    crosses = 200 * 57

    for bits in (12, 14, 16, 18):
        expected = 1.0 - pow(2.718281828, -crosses / (1 << bits))
        assert expected == pytest.approx(_rate(bits), abs=0.05)


def test_nothing_collides_where_there_is_nothing() -> None:
    """Without context features or campaigns the rate is 0."""
    assert 0.0 == collision_rate([], [], 18)
