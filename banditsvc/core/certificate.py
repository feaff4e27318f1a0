"""Certificates: what was found about a policy with a learner, without which it does not go live."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum

from banditsvc.core.certified_subject import Subject, canonical_json
from banditsvc.core.times import DAY_US

VALID_US = 90 * DAY_US
"""How long a certificate is valid, from its issue."""

_ID_DIGITS = 32


class Verdict(IntEnum):
    """What a check, or a certificate as a whole, says; the numbers are those of the proto file."""

    PASS = 1
    FAIL = 2
    NOT_ENOUGH_DATA = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What was looked at, in a word or two joined by `_`, such as `budget`; once in a certificate."""
    verdict: Verdict
    reason: str
    """Why, in plain words with the figures that decided it."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What was measured, by names that say the unit. A number is withheld, that is not here, where the data do not support
    it. All are finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The findings about one subject, immutable."""

    subject: Subject
    checks: tuple[Check, ...]
    portfolio_id: str = ""
    """Portfolio whose log was looked at, for which alone it holds; empty where worlds alone were, and for all portfolios."""
    data_sha256: str
    """SHA-256 of the data and the worlds looked at, in hexadecimal digits."""
    data_description: str
    """The data and the worlds looked at, in words: what, how much, of when, which seeds."""
    code_version: str
    """Version of the software that looked."""
    issue_time_us: int
    expire_time_us: int
    """First moment at which it is no longer valid."""

    @property
    def verdict(self) -> Verdict:
        """Returns the verdict as a whole: see overall_verdict."""
        return overall_verdict(check.verdict for check in self.checks)

    @property
    def certificate_id(self) -> str:
        """Returns the id, a hash of all that it says: the same content is the same certificate, and a changed one is not.

        Raises:
            ValueError: A number of a check is not finite.
        """
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:_ID_DIGITS]


def overall_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Returns what several verdicts come to: FAIL where one fails, else NOT_ENOUGH_DATA where one lacks data or there is none."""
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.PASS if found == {Verdict.PASS} else Verdict.NOT_ENOUGH_DATA


def why_not_valid(certificate: Certificate, subject: Subject, portfolio_id: str, now_us: int) -> str:
    """Returns why a certificate does not let a subject go live in a portfolio now, empty where it does."""
    if not certificate.subject.covers(subject):
        return "it is about other settings"
    if certificate.portfolio_id not in ("", portfolio_id):
        return f"it is about portfolio {certificate.portfolio_id!r}"
    if certificate.verdict is not Verdict.PASS:
        failed = ", ".join(check.name for check in certificate.checks if check.verdict is not Verdict.PASS)
        return f"it says {certificate.verdict.name} ({failed or 'nothing was checked'})"
    return why_not_in_force(certificate, now_us)


def why_not_in_force(certificate: Certificate, now_us: int) -> str:
    """Returns why nothing a certificate says counts now, empty where it does."""
    if now_us >= certificate.expire_time_us:
        return "it has expired"
    if now_us < certificate.issue_time_us - DAY_US:
        return "it was issued in the future"
    return ""
