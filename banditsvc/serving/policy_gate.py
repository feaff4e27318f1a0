"""Policy gate: whether what a draft puts to work may go live."""

from __future__ import annotations

from banditsvc.core.certified_subject import subject_sha256
from banditsvc.core.errors import FailedPrecondition
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
        if not (reason or (_goes_live(before, after) and not _was_live(before, after))):
            continue
        missing = _what_is_missing(draft, after)
        if not missing:
            continue
        version = after.deployed_policy_version
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
        if portfolio_id in draft.override_reasons or not (_goes_live(before, after) or _learns_anew(before, after)):
            continue
        missing = _what_is_missing(draft, after)
        if missing:
            version = after.deployed_policy_version
            found[portfolio_id] = (
                f"policy {version} of portfolio {portfolio_id!r} is live without a certificate: {missing}"
            )
    return found


def _what_is_missing(draft: SettingsDraft, state: PortfolioState) -> str:
    """Returns what the policy at work lacks to be live, and how to get it; empty for nothing."""
    policy = state.policy.value
    standing = standing_of(state, policy, draft.now_us)
    if standing.certification is not Certification.UNCERTIFIED:
        return ""
    return f"{standing.text}; {how_to_certify(state.portfolio.value, policy.policy_version)}"


def _goes_live(before: PortfolioState | None, after: PortfolioState) -> bool:
    return (
        before is None
        or before.deployed_policy_version != after.deployed_policy_version
        or (before.portfolio.value.sandbox and not after.portfolio.value.sandbox)
    )


def _learns_anew(before: PortfolioState | None, after: PortfolioState) -> bool:
    return before is None or before.portfolio.value.learner != after.portfolio.value.learner


def _was_live(before: PortfolioState | None, after: PortfolioState) -> bool:
    """Returns whether the policy at work was live with the same settings; for a new portfolio, whether it starts with it."""
    learner = after.portfolio.value.learner
    sha256 = subject_sha256(after.policy.value, learner)
    if before is None:
        return sha256 == subject_sha256(after.policies[0].value, learner)
    return sha256 in before.live_subjects
