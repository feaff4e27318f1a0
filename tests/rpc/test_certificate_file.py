"""Laws of certificate files: they say what was issued, and nothing else is taken for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.certificate_file import certificate_json, read_certificate_file
from banditsvc.core.certificate import VALID_US, Check, Verdict
from banditsvc.usage_error import UsageError
from tests.core.certificates import certificate

_CHECKS = st.lists(
    st.builds(
        Check,
        name=st.text("abcdef_", min_size=1, max_size=8),
        verdict=st.sampled_from(Verdict),
        reason=st.text(min_size=1, max_size=20),
        numbers=st.dictionaries(
            st.text("abc", min_size=1), st.floats(allow_nan=False, allow_infinity=False), max_size=3
        ),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda check: check.name,
).map(tuple)


@settings(derandomize=True, max_examples=50, deadline=None)
@given(checks=_CHECKS, valid_us=st.integers(1, VALID_US))
def test_a_file_is_read_back_whole(tmp_path_factory: pytest.TempPathFactory, checks: Any, valid_us: int) -> None:
    """What was written is what is read, to the last bit and microsecond."""
    issued = certificate(checks=checks)
    issued = certificate(checks=checks, expire_time_us=issued.issue_time_us + valid_us)
    path = tmp_path_factory.mktemp("certificates") / "one.json"
    path.write_text(certificate_json(issued), encoding="utf-8")

    assert issued == read_certificate_file(path)


def changed(tmp_path: Path, change: Any) -> Path:
    """Returns a file of a certificate that somebody has changed."""
    values = json.loads(certificate_json(certificate()))
    change(values)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda values: values.update(verdct="PASS"), "verdct: is unknown; did you mean verdict?"),
        (lambda values: values["subject"].update(floor=0.5), "subject_sha256: is not that of its subject"),
        (lambda values: values.update(verdict="FAIL"), "verdict: is not what its checks come to"),
        (lambda values: values["checks"][0]["numbers"].update(loss_share=0.0), "certificate_id: is not the hash"),
        (lambda values: values.update(code_version="9"), "certificate_id: is not the hash"),
        (lambda values: values.update(expire_time="2040-01-01T00:00:00Z"), "expire_time: must be after issue_time"),
        (lambda values: values.pop("issue_time"), "issue_time: is required"),
        (lambda values: values.update(checks=[]), "checks: must have 1 to 100 entries"),
        (lambda values: values["checks"].append(values["checks"][0]), "checks[1].name"),
        (lambda values: values["checks"][0].pop("reason"), "checks[0].reason: must have 1 to 1,024 characters"),
        (lambda values: values.update(subject="{ }"), "subject: must be canonical JSON"),
        (lambda values: values.update(data_sha256="ab"), "data_sha256: must be 64 hexadecimal digits"),
    ],
)
def test_what_was_changed_is_refused(tmp_path: Path, change: Any, fault: str) -> None:
    """A field that is unknown, malformed or no longer what was issued is named, with the file."""
    path = changed(tmp_path, change)

    with pytest.raises(UsageError) as refused:
        read_certificate_file(path)

    assert f"{path}: {fault}" in str(refused.value)


def test_what_is_no_document_is_refused(tmp_path: Path) -> None:
    """A file that is not there, is no JSON, or is no table says so."""
    path = tmp_path / "none.json"
    with pytest.raises(UsageError, match="cannot read"):
        read_certificate_file(path)
    for text, words in (
        ("{", "is not valid JSON"),
        ("[]", "is a list, not a table"),
        ('{"subject": {"a": NaN}}', "subject"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            read_certificate_file(path)
