"""Makes the changes of a plan, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from banditsvc.apply.plan import Plan
from banditsvc.client import BanditsvcError, Client
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.v1 import settings_pb2


@dataclass(frozen=True, slots=True)
class Checked:
    """What the service says of changes that it would make."""

    unsent_count: int
    """Decisions that wait to be sent for campaigns that are paused or ended."""
    warnings: tuple[str, ...]
    """What may be a mistake."""


def check(client: Client, plan: Plan) -> Checked:
    """Has the service check the pending changes and store nothing.

    Raises:
        InvalidRequest: Something does not fit together; all such fields are named.
        BanditsvcError: The service refuses the changes otherwise, or did not answer.
    """
    answer = _send(client, plan, validate_only=True)
    return Checked(answer.unsent_count, tuple(answer.warnings))


def execute(client: Client, plan: Plan) -> int:
    """Makes the pending changes at once and returns their number. A repeat after a failure is safe.

    Raises:
        InvalidRequest: Something does not fit together; nothing was changed.
        BanditsvcError: The service refused the changes otherwise, which changed nothing, or did not answer.
    """
    return _send(client, plan, validate_only=False).change_count


def _send(client: Client, plan: Plan, *, validate_only: bool) -> settings_pb2.ApplySettingsResponse:
    request = plan.request(validate_only=validate_only)
    if not (request.organizations or request.portfolios):
        return settings_pb2.ApplySettingsResponse()
    try:
        return client.apply_settings(request)
    except BanditsvcError as error:
        if not error.violations:
            raise
        subjects = plan.subjects()
        found = [FieldViolation(_told(v.field, subjects), v.description) for v in error.violations]
        raise InvalidRequest(found) from error


def _told(path: str, subjects: Mapping[str, str]) -> str:
    """Returns a path within the request as people find it in their files."""
    whole = max((prefix for prefix in subjects if path.startswith(prefix)), key=len, default="")
    rest = path[len(whole) :].removeprefix(".")
    return f"{subjects[whole]}: {rest}" if whole else path
