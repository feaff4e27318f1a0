"""Makes what Rank decides with of the settings, a model and what was made before."""

from __future__ import annotations

from banditsvc.core.funnel import CompiledFunnel
from banditsvc.core.funnel_rules import RuleBook
from banditsvc.core.model import Model
from banditsvc.core.organization import Organization
from banditsvc.core.phase import Phase
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import Portfolio
from banditsvc.core.scoring import Scorer
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.price_changes import prices_in_force
from banditsvc.serving.shadow import Shadow


def active_portfolio(
    state: PortfolioState,
    organization: Organization,
    model: Model,
    scorer: Scorer,
    *,
    former: ActivePortfolio | None = None,
    shadow: Shadow | None = None,
) -> ActivePortfolio:
    """Returns a portfolio's settings at work with a model.

    Args:
        state: What the log says of the portfolio.
        organization: Its owner.
        model: What was learned.
        scorer: Of the model.
        former: What it takes the place of: what has not changed is taken from there.
        shadow: What decides alongside.
    """
    portfolio = state.portfolio.value
    if former is not None and _is_funnel_of(former, organization, state):
        catalogue, funnel = former.catalogue, former.funnel
    else:
        catalogue = {campaign_id: version.campaign for campaign_id, version in state.campaigns.items()}
        funnel = CompiledFunnel(organization, portfolio, catalogue, _book_of(former, portfolio))
    return ActivePortfolio(
        organization=organization,
        portfolio=portfolio,
        catalogue=catalogue,
        catalogue_version=state.catalogue_version,
        funnel=funnel,
        policy=state.policy.value,
        challenger=_challenger(state),
        split=state.split if _challenger(state) else None,
        model=model,
        encoder_version=state.encoder_versions[model.learner_version],
        scorer=scorer,
        prices=prices_in_force(state, organization),
        is_tripped=state.tripped is not None,
        shadow=shadow,
    )


def shadow_of(
    state: PortfolioState, own_version: str, own_scorer: Scorer | None, model: Model, scorer: Scorer
) -> Shadow | None:
    """Returns what decides alongside. A shadow whose own model is not there, or not there yet, is off.

    Args:
        state: What the log says of the portfolio.
        own_version: Version of the shadow's own model, as far as it was loaded.
        own_scorer: Its scorer; None where it cannot be served.
        model: What Rank decides with, and a shadow without a model of its own too.
        scorer: Its scorer.
    """
    setting = state.shadow
    if setting is None:
        return None
    policy = state.policies[setting.policy_version - 1].value if setting.policy_version else state.policy.value
    if not setting.model_version:
        return Shadow(policy=policy, model=model, scorer=scorer)
    if own_version != setting.model_version or own_scorer is None:
        return None
    return Shadow(policy=policy, model=own_scorer.model, scorer=own_scorer)


def _challenger(state: PortfolioState) -> Policy | None:
    """Returns the policy on trial, where policies decide."""
    if state.challenge is None or state.portfolio.value.phase.phase is not Phase.POLICY:
        return None
    return state.policies[state.challenge.value.policy_version - 1].value


def _is_funnel_of(active: ActivePortfolio, organization: Organization, state: PortfolioState) -> bool:
    """Says whether a funnel is that of the settings as they are now: a new model or policy changes none."""
    return (
        active.organization == organization
        and active.portfolio == state.portfolio.value
        and active.catalogue_version == state.catalogue_version
    )


def _book_of(active: ActivePortfolio | None, portfolio: Portfolio) -> RuleBook | None:
    """Returns the rules compiled so far, where they are of the same schema."""
    if active is None or active.funnel.book.schema != portfolio.context_schema:
        return None
    return active.funnel.book
