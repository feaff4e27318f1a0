"""The certificate that comes with the software."""

from __future__ import annotations

from banditsvc.core.certificate import Verdict
from banditsvc.default_certificate import default_certificate
from banditsvc.serving.policy_standing import default_subjects


def test_the_default_comes_with_a_certificate_of_its_own_settings() -> None:
    """What every portfolio starts with has passed, as it is now: who changes it runs `make certificate`."""
    found = default_certificate()
    assert Verdict.PASS is found.verdict
    assert found.subject in default_subjects()
