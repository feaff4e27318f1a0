"""Policy gate: whether what a draft puts to work may go live."""

from __future__ import annotations

from banditsvc.core.certified_subject import subject_sha256
from banditsvc.core.errors import FailedPrecondition
from banditsvc.core.policy import Policy
from banditsvc.ports import CertificateOverride
from banditsvc.serving.policy_standing import Certification, how_to_certify, standing_of
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.settings_draft import SettingsDraft


def pass_gate(draft: SettingsDraft) -> None:
    """Checks that the policies at work may go live, or stores the reasons why they do all the same.

    One is checked where the draft puts it to work, or makes its portfolio one that is no sandbox. Settings that were live
    before need nothing, and neither does the policy that a new portfolio starts with, whatever its learner.

    Raises:
        FailedPrecondition: One has no valid certificate, and no reason is given.
    """
    for portfolio_id in {**draft.changed, **draft.override_reasons}:
        before, after = draft.before.portfolios.get(portfolio_id), draft.after.state(portfolio_id)
        reason = draft.override_reasons.get(portfolio_id, "")
        for policy in after.policies_at_work:
            goes_live = _goes_live(before, after, policy) and not _was_live(before, after, policy)
            missing = _what_is_missing(draft, after, policy) if reason or goes_live else ""
            if not missing:
                continue
            version = policy.policy_version
            if not reason:
                raise FailedPrecondition(
                    "NO_CERTIFICATE",
                    f"policy {version} of portfolio {portfolio_id!r} may not go live: {missing}. "
                    "Or give an override_reason: it is logged and shown",
                )
            draft.store(CertificateOverride(portfolio_id=portfolio_id, policy_version=version, reason=reason))


def newly_uncertified(draft: SettingsDraft) -> dict[str, str]:
    """Returns what to tell, by portfolio_id, where a draft leaves a policy live that nothing certifies any more.

    A change of what is learned is not refused for it: a reward that was wrong must be set right at once.
    """
    found = {}
    for portfolio_id in draft.changed:
        before, after = draft.before.portfolios.get(portfolio_id), draft.after.portfolios[portfolio_id]
        if portfolio_id in draft.override_reasons:
            continue
        texts = []
        for policy in after.policies_at_work:
            if _goes_live(before, after, policy) or _learns_anew(before, after):
                missing = _what_is_missing(draft, after, policy)
                where = f"policy {policy.policy_version} of portfolio {portfolio_id!r}"
                texts += [f"{where} is live without a certificate: {missing}"] if missing else []
        if texts:
            found[portfolio_id] = "; ".join(texts)
    return found


def _what_is_missing(draft: SettingsDraft, state: PortfolioState, policy: Policy) -> str:
    """Returns what a policy lacks to be live, and how to get it; empty for nothing."""
    standing = standing_of(state, policy, draft.now_us)
    if standing.certification is not Certification.UNCERTIFIED:
        return ""
    before = draft.before.portfolios.get(policy.portfolio_id)
    remedy = how_to_certify(
        state.portfolio.value,
        policy,
        has_portfolio=before is not None,
        has_policy=before is not None and policy.policy_version <= len(before.policies),
    )
    return f"{standing.text}; {remedy}"


def _goes_live(before: PortfolioState | None, after: PortfolioState, policy: Policy) -> bool:
    return (
        before is None
        or policy not in before.policies_at_work
        or (before.portfolio.value.sandbox and not after.portfolio.value.sandbox)
    )


def _learns_anew(before: PortfolioState | None, after: PortfolioState) -> bool:
    return before is None or before.portfolio.value.learner != after.portfolio.value.learner


def _was_live(before: PortfolioState | None, after: PortfolioState, policy: Policy) -> bool:
    """Returns whether a policy was live with the same settings; for a new portfolio, whether it starts with it."""
    learner = after.portfolio.value.learner
    sha256 = subject_sha256(policy, learner)
    if before is None:
        return sha256 == subject_sha256(after.policies[0].value, learner)
    return sha256 in before.live_subjects
