"""Policy standing: by what a policy is live, or may go live."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Any

from banditsvc.core.certificate import Certificate, Verdict, why_not_in_force, why_not_valid
from banditsvc.core.certified_subject import Subject, exploration_kind, is_learned, subject_of
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, LearnerSpec, Portfolio, RewardSpec, TrainSpec
from banditsvc.serving.portfolio_state import PortfolioState


class Certification(IntEnum):
    """By what a policy may go live; the numbers are those of the proto file."""

    NOT_NEEDED = 1
    SANDBOX = 2
    CERTIFIED = 3
    OVERRIDDEN = 4
    UNCERTIFIED = 5
    DEFAULT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStanding:
    """By what a policy may go live, in a portfolio as it is now."""

    certification: Certification
    certificate_id: str = ""
    expire_time_us: int | None = None
    """When the certificate expires."""
    text: str
    """The same in words, with what is missing."""


def standing_of(state: PortfolioState, policy: Policy, now_us: int) -> PolicyStanding:
    """Returns by what a policy of a portfolio may go live: of several reasons the best.

    Args:
        state: The portfolio as it is, with its certificates.
        policy: One of its policies.
        now_us: Log time, or a little before.
    """
    if not is_learned(policy):
        return PolicyStanding(certification=Certification.NOT_NEEDED, text="nothing learned decides")
    portfolio = state.portfolio.value
    subject = subject_of(policy, portfolio.learner)
    certificate, missing = _valid_certificate(state, subject, now_us)
    if certificate is not None:
        return PolicyStanding(
            certification=Certification.CERTIFIED,
            certificate_id=certificate.certificate_id,
            expire_time_us=certificate.expire_time_us,
            text="it has a certificate",
        )
    if portfolio.sandbox:
        return PolicyStanding(certification=Certification.SANDBOX, text="its portfolio is a sandbox")
    if any(one.covers(subject) for one in default_subjects()):
        return PolicyStanding(
            certification=Certification.DEFAULT, text="it is the policy that a portfolio with its learner starts with"
        )
    reason = state.overrides.get(subject.sha256)
    if reason is not None:
        return PolicyStanding(certification=Certification.OVERRIDDEN, text=f"without a certificate: {reason}")
    return PolicyStanding(certification=Certification.UNCERTIFIED, text=missing)


@cache
def default_subjects() -> tuple[Subject, ...]:
    """Returns what portfolios start with, whatever their reward and encoder: each learner at its defaults, and its policy."""
    any_reward = RewardSpec(weights=(), window_us=0)
    return tuple(
        [
            subject_of(default_policy("", train.learner), LearnerSpec(reward=any_reward, train=train), any_shop=True)
            for train in (POSTERIOR_TRAIN, TrainSpec())
        ]
    )


def how_to_certify(portfolio: Portfolio, policy: Policy, *, has_portfolio: bool = True, has_policy: bool = True) -> str:
    """Returns the commands that make and file a certificate of a policy.

    Args:
        portfolio: Whose policy it is.
        policy: The policy.
        has_portfolio: Whether the portfolio is stored, so that a certificate can be.
        has_policy: Whether the policy is stored, so that it can be named by its version.
    """
    chosen = f"--portfolio {portfolio.portfolio_id}"
    # Limits cannot be written as a text: a policy that has some must be stored.
    by_version = has_policy or bool(policy.limits)
    named = f"--policy-version {policy.policy_version}" if by_version else f'--policy "{_text_of(policy)}"'
    first = "" if has_portfolio else "create the portfolio without the policy, "
    first += "store the policy by CreatePolicy, " if by_version and not has_policy else ""
    return (
        f"{first}make one with `banditsvc certify {chosen} {named} --out FILE` and store it with "
        f"`banditsvc certificates file FILE {chosen}`"
    )


def _text_of(policy: Policy) -> str:
    """Returns a policy without limits as one writes it on the command line."""
    exploration: Any = policy.exploration  # a dataclass, as the protocol cannot say
    values = [str(getattr(exploration, one.name)) for one in fields(exploration)]
    return f"{':'.join([exploration_kind(exploration), *values])} floor={policy.floor}"


def _valid_certificate(state: PortfolioState, subject: Subject, now_us: int) -> tuple[Certificate | None, str]:
    """Returns the certificate by which a subject may go live, or else what is missing.

    What was found on the portfolio's own log goes before what worlds alone say, and what was issued later before what was
    earlier: after a FAIL on the log neither worlds nor an older certificate let it go live.
    """
    filed = [one.value.certificate for one in state.certificates.values()]
    about = [one for one in filed if one.subject.covers(subject)]
    missing = ""
    for one in sorted(about, key=lambda one: (one.portfolio_id != "", one.issue_time_us), reverse=True):
        why = why_not_valid(one, subject, state.portfolio.value.portfolio_id, now_us)
        if not why:
            return one, ""
        missing = missing or f"its certificate {one.certificate_id} is not valid: {why}"
        if one.portfolio_id and one.verdict is Verdict.FAIL and not why_not_in_force(one, now_us):
            break
    return None, missing or "no certificate for its settings has been filed"
