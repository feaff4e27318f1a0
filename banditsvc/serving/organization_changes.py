"""Changes of organizations, on a draft."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.errors import AlreadyExists, VersionMismatch
from banditsvc.core.organization import Organization
from banditsvc.serving.assignment_changes import next_assignments, wanted_assignments
from banditsvc.serving.settings_draft import SettingsDraft


def create_organization(draft: SettingsDraft, organization: Organization) -> None:
    """Stores a new organization, or sets up the default one. The same again changes nothing.

    Raises:
        AlreadyExists: The id is taken by other settings.
    """
    stored = draft.after.organizations.get(organization.organization_id)
    if stored is None:
        draft.store(_next(organization, (), 1, draft.now_us))
    elif _settings(stored.value) != _settings(organization):
        raise AlreadyExists("organization", organization.organization_id, "other settings; use UpdateOrganization")


def update_organization(draft: SettingsDraft, organization: Organization) -> None:
    """Replaces an organization's settings.

    Raises:
        NotFound: There is no such organization.
        VersionMismatch: organization_version is set and is not the stored one.
        FailedPrecondition: The division into groups would change before its horizon is over.
    """
    old = draft.after.organization(organization.organization_id).value
    if organization.organization_version not in (0, old.organization_version):
        raise VersionMismatch(
            "organization", old.organization_id, organization.organization_version, old.organization_version
        )
    if _settings(organization) != _settings(old):
        draft.store(_next(organization, old.assignments, old.organization_version + 1, draft.now_us))


def put_organization(draft: SettingsDraft, organization: Organization) -> None:
    """Creates an organization or replaces it."""
    if organization.organization_id in draft.after.organizations or organization.organization_version:
        update_organization(draft, organization)
    else:
        create_organization(draft, organization)


def _settings(organization: Organization) -> Organization:
    return dataclasses.replace(
        organization, organization_version=0, assignments=wanted_assignments(organization.assignments)
    )


def _next(wanted: Organization, old: Sequence[AssignmentSpec], version: int, now_us: int) -> Organization:
    owner = f"organization {wanted.organization_id!r}"
    return dataclasses.replace(
        wanted,
        organization_version=version,
        assignments=next_assignments(old, wanted.assignments, now_us, owner),
    )
