"""What Rank decided with as of a position of the log, for whoever decides many by it."""

from __future__ import annotations

from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.model import UNTRAINED, Model, untrained_model
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.scoring import Scorer
from banditsvc.ports import DecisionLog, ModelRegistry
from banditsvc.serving.activated_settings import active_portfolio, shadow_of
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.stored_settings import StoredSettings


def settings_as_of(log: DecisionLog, position: int) -> StoredSettings:
    """Returns all settings as of a position of the log."""
    stored = StoredSettings()
    for recorded in log.read_resources(0):
        if recorded.position <= position:
            stored.fold(recorded)
    return stored


def active_as_of(
    stored: StoredSettings, registry: ModelRegistry, portfolio_id: str, model_version: str
) -> ActivePortfolio:
    """Returns a portfolio's settings at work with a model of the learner's store.

    Raises:
        NotFound: There is no such portfolio.
        FailedPrecondition: The model is no longer kept.
    """
    state = stored.state(portfolio_id)
    portfolio = state.portfolio.value
    model = _model(registry, portfolio, model_version)
    if model is None:
        raise FailedPrecondition(
            "MODEL_GONE", f"model {model_version} is no longer kept with its weights (learner.weights_retention_days)"
        )
    scorer = Scorer(model)
    own_version = "" if state.shadow is None else state.shadow.model_version
    own = _model(registry, portfolio, own_version) if own_version else None
    return active_portfolio(
        state,
        stored.organization(portfolio.organization_id).value,
        model,
        scorer,
        shadow=shadow_of(state, own_version, None if own is None else Scorer(own), model, scorer),
    )


def _model(registry: ModelRegistry, portfolio: Portfolio, model_version: str) -> Model | None:
    if model_version == UNTRAINED:
        return untrained_model(portfolio.portfolio_id, portfolio.learner_version, portfolio.learner)
    return registry.load_model(portfolio.portfolio_id, model_version)
