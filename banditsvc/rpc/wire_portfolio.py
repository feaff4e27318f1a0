"""Portfolios: protobuf to core value and back."""

from __future__ import annotations

import re

from banditsvc.core.portfolio import EncoderSpec, LearnerSpec, Portfolio, RewardSpec, SettleSpec, TrainSpec
from banditsvc.core.times import SECOND_US
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_encoder_spec import (
    read_encoder_spec,
    read_learner_spec,
    write_encoder_spec,
    write_learner_spec,
)
from banditsvc.rpc.wire_outcome import read_currency
from banditsvc.rpc.wire_reward_spec import read_reward_spec, read_settle_spec, write_reward_spec, write_settle_spec
from banditsvc.rpc.wire_text import read_label
from banditsvc.rpc.wire_time import write_time
from banditsvc.v1 import portfolio_pb2 as pb

_PORTFOLIO_ID = re.compile("[A-Za-z0-9._-]{1,128}")


def read_portfolio(message: pb.Portfolio) -> Portfolio:
    """Returns a portfolio as a caller wants it, based on the version that it names.

    What the service sets (learner and encoder version, update time) is left out of account.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    if not _PORTFOLIO_ID.fullmatch(message.portfolio_id):
        faults.add("portfolio.portfolio_id", "must have 1 to 128 characters of a-z, A-Z, 0-9, dot, underscore, dash")
    currency = read_currency(message.currency, "portfolio.currency", faults)
    learner = _read_learner(message, faults)
    display_name = read_label(message.display_name, "portfolio.display_name", faults, 256)
    if message.portfolio_version < 0:
        faults.add("portfolio.portfolio_version", "must be at least 0")
    faults.raise_if_any()
    return Portfolio(
        portfolio_id=message.portfolio_id,
        currency=currency,
        learner=learner,
        display_name=display_name,
        allow_no_contact=message.allow_no_contact,
        portfolio_version=message.portfolio_version,
    )


def write_portfolio(recorded: Recorded[Portfolio]) -> pb.Portfolio:
    """Returns a stored portfolio as a message. Its salt stays inside."""
    portfolio = recorded.value
    return pb.Portfolio(
        portfolio_id=portfolio.portfolio_id,
        display_name=portfolio.display_name,
        currency=portfolio.currency,
        reward_spec=write_reward_spec(portfolio.learner.reward),
        settle_spec=write_settle_spec(portfolio.learner.settle),
        encoder_spec=write_encoder_spec(portfolio.learner.encoder),
        learner_spec=write_learner_spec(portfolio.learner.train),
        allow_no_contact=portfolio.allow_no_contact,
        portfolio_version=portfolio.portfolio_version,
        learner_version=portfolio.learner_version,
        encoder_version=portfolio.encoder_version,
        update_time=write_time(recorded.record_time_us),
    )


def _read_learner(message: pb.Portfolio, faults: Faults) -> LearnerSpec:
    has = message.HasField
    reward = RewardSpec(weights=(), window_us=SECOND_US)
    if has("reward_spec"):
        reward = read_reward_spec(message.reward_spec, "portfolio.reward_spec", faults)
    else:
        faults.add("portfolio.reward_spec", "is required")
    settle, encoder, train = SettleSpec(), EncoderSpec(), TrainSpec()
    if has("settle_spec"):
        settle = read_settle_spec(message.settle_spec, "portfolio.settle_spec", faults)
    if has("encoder_spec"):
        encoder = read_encoder_spec(message.encoder_spec, "portfolio.encoder_spec", faults)
    if has("learner_spec"):
        train = read_learner_spec(message.learner_spec, "portfolio.learner_spec", faults)
    return LearnerSpec(reward=reward, settle=settle, encoder=encoder, train=train)
