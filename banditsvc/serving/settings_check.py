"""Settings check: whether settings that are right each for itself fit together.

A draft is checked as a whole: what changes, and what stays but depends on what changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from banditsvc.core.campaign import NO_CONTACT, Campaign, CampaignState
from banditsvc.core.errors import FailedPrecondition, FieldViolation, InvalidRequest
from banditsvc.core.exploration import ExclusiveRules, Exploration
from banditsvc.core.policy import Policy
from banditsvc.ports import CampaignVersion
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.rule_check import RuleCheck
from banditsvc.serving.settings_draft import SettingsDraft

MOST_LIVE_CAMPAIGNS = 500
"""A Rank that names no candidates is about all live campaigns, and takes no more than this."""


def check_settings(draft: SettingsDraft) -> None:
    """Checks everything that a draft changes.

    Raises:
        InvalidRequest: Rules do not fit, or two live campaigns would be learned as one; it names all of them.
        FailedPrecondition: Too many campaigns would be live, or a policy would name unknown ones.
    """
    violations: list[FieldViolation] = []
    for portfolio_id in draft.changed:
        violations += _PortfolioCheck(draft, portfolio_id).violations()
    if violations:
        raise InvalidRequest(violations)
    for portfolio_id in draft.changed:
        _check_live_count(draft, portfolio_id)
        _check_known_campaigns(draft, portfolio_id)


class _PortfolioCheck:
    """The check of one portfolio that changes."""

    def __init__(self, draft: SettingsDraft, portfolio_id: str) -> None:
        self._draft = draft
        self._id = portfolio_id
        self._after = draft.after.portfolios[portfolio_id]
        self._before = draft.before.portfolios.get(portfolio_id)
        self._path = draft.path("portfolio", portfolio_id)
        self._changed = _changed_campaigns(self._before, self._after)
        kept = 0 if self._before is None else len(self._before.policies)
        self._new_policies = [recorded.value for recorded in self._after.policies[kept:]]

    def violations(self) -> Iterator[FieldViolation]:
        """Yields what is wrong."""
        yield from self._rule_violations()
        yield from self._kept_violations()
        yield from self._kept_together_violations()
        yield from self._rename_violations()

    def _rule_violations(self) -> Iterator[FieldViolation]:
        """Yields what is wrong with the rules that change, and with the portfolio's own."""
        portfolio = self._after.portfolio.value
        check = RuleCheck(portfolio.context_schema, portfolio.rules)
        if self._before is None or self._before.portfolio is not self._after.portfolio:
            check.rules(portfolio.rules, f"{self._path}.rules")
            check.exploration(portfolio.business_as_usual, f"{self._path}.business_as_usual")
        for campaign in self._changed:
            check.campaign(campaign, self._campaign_path(campaign))
        for policy in self._new_policies:
            check.exploration(policy.exploration, self._draft.path("policy", self._id))
        yield from check.violations

    def _kept_violations(self) -> Iterator[FieldViolation]:
        """Yields what a new schema breaks in the rules that stay, and what is wrong in a policy put to work."""
        schema = self._after.portfolio.value.context_schema
        is_new_schema = self._before is not None and self._before.portfolio.value.context_schema != schema
        check = RuleCheck(schema)
        if is_new_schema:
            changed = {campaign.campaign_id for campaign in self._changed}
            for version in self._after.campaigns.values():
                if version.campaign.campaign_id not in changed:
                    check.campaign(version.campaign, f"campaign {version.campaign.campaign_id!r}")
        old = () if self._before is None else _policies_at_work(self._before)
        for policy in _policies_at_work(self._after):
            if policy not in self._new_policies and (is_new_schema or policy not in old):
                check.exploration(policy.exploration, f"policy {policy.policy_version}")
        path = f"{self._path}.context_schema" if is_new_schema else "policy_version"
        for violation in check.violations:
            yield FieldViolation(path, f"breaks {violation.field}: {violation.description}")

    def _kept_together_violations(self) -> Iterator[FieldViolation]:
        """Yields where new rules of the portfolio can never hold together with those of a campaign that stays."""
        portfolio = self._after.portfolio.value
        if self._before is None or self._before.portfolio.value.rules == portfolio.rules:
            return
        check = RuleCheck(portfolio.context_schema, portfolio.rules)
        changed = {campaign.campaign_id for campaign in self._changed}
        for version in self._after.campaigns.values():
            campaign = version.campaign
            if campaign.campaign_id not in changed and campaign.state is not CampaignState.ENDED:
                check.together(campaign, f"{self._path}.rules")
        yield from check.violations

    def _rename_violations(self) -> Iterator[FieldViolation]:
        if not self._changed:
            return
        live: dict[str, list[Campaign]] = defaultdict(list)
        for version in self._after.campaigns.values():
            if version.campaign.state is CampaignState.LIVE:
                live[version.campaign.learned_as or version.campaign.campaign_id].append(version.campaign)
        for campaign in self._changed:
            alike = live[campaign.learned_as or campaign.campaign_id]
            others = [repr(other.campaign_id) for other in alike if other.campaign_id != campaign.campaign_id]
            if campaign.state is CampaignState.LIVE and others:
                field = "renamed_from" if campaign.renamed_from else "state"
                yield FieldViolation(
                    f"{self._campaign_path(campaign)}.{field}",
                    f"is refused: {', '.join(others)} would be live too and learned under the same id; pause or end it",
                )

    def _campaign_path(self, campaign: Campaign) -> str:
        return self._draft.path("campaign", self._id, campaign.campaign_id)


def _changed_campaigns(before: PortfolioState | None, after: PortfolioState) -> list[Campaign]:
    old: dict[str, CampaignVersion] = {} if before is None else before.campaigns
    return [version.campaign for name, version in after.campaigns.items() if version is not old.get(name)]


def _policies_at_work(state: PortfolioState) -> list[Policy]:
    """Returns the deployed policy, the one on trial, and that of the shadow."""
    versions = {policy.policy_version for policy in state.policies_at_work}
    if state.shadow is not None and state.shadow.policy_version:
        versions.add(state.shadow.policy_version)
    return [state.policies[version - 1].value for version in sorted(versions)]


def _check_live_count(draft: SettingsDraft, portfolio_id: str) -> None:
    before = draft.before.portfolios.get(portfolio_id)
    count = draft.after.portfolios[portfolio_id].live_campaign_count
    if count > MOST_LIVE_CAMPAIGNS and (before is None or count > before.live_campaign_count):
        raise FailedPrecondition(
            "TOO_MANY_LIVE_CAMPAIGNS",
            f"portfolio {portfolio_id!r} may have {MOST_LIVE_CAMPAIGNS} live campaigns, not {count}; pause or end some",
        )


def _check_known_campaigns(draft: SettingsDraft, portfolio_id: str) -> None:
    """Checks that exclusive rules which are put to work are for campaigns of the catalogue.

    A portfolio is created before its campaigns, so business as usual is looked at once there are any.
    """
    before, after = draft.before.portfolios.get(portfolio_id), draft.after.portfolios[portfolio_id]
    old = () if before is None else _policies_at_work(before)
    for policy in _policies_at_work(after):
        if policy not in old:
            _check_targets(policy.exploration, f"policy {policy.policy_version}", portfolio_id, after)
    if after.campaigns and (before is None or before.portfolio is not after.portfolio):
        _check_targets(after.portfolio.value.business_as_usual, "business as usual", portfolio_id, after)


def _check_targets(exploration: Exploration, name: str, portfolio_id: str, state: PortfolioState) -> None:
    if not isinstance(exploration, ExclusiveRules):
        return
    known = {*state.campaigns, NO_CONTACT}
    unknown = [rule.campaign_id for rule in exploration.rules if rule.campaign_id not in known]
    if unknown:
        raise FailedPrecondition(
            "UNKNOWN_CAMPAIGN",
            f"{name} of portfolio {portfolio_id!r} has rules for campaigns that are not in the catalogue: "
            f"{', '.join(unknown)}",
        )
