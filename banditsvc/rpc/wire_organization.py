"""Organizations: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.organization import Organization
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_assignment import read_assignments, write_assignments
from banditsvc.rpc.wire_contact_policy import (
    read_capacities,
    read_contact_policy,
    write_capacities,
    write_contact_policy,
)
from banditsvc.rpc.wire_lift_spec import read_lift_spec, write_lift_spec
from banditsvc.rpc.wire_owner_id import read_owner_id, read_time_zone
from banditsvc.rpc.wire_text import read_label
from banditsvc.rpc.wire_time import write_time
from banditsvc.v1 import organization_pb2 as pb

UTC = "UTC"


def read_organization(message: pb.Organization, path: str, faults: Faults) -> Organization:
    """Returns an organization as a caller wants it, based on the version that it names."""
    if message.organization_version < 0:
        faults.add(f"{path}.organization_version", "must be at least 0")
    return Organization(
        organization_id=read_owner_id(message.organization_id, f"{path}.organization_id", faults),
        display_name=read_label(message.display_name, f"{path}.display_name", faults, 256),
        time_zone=read_time_zone(message.time_zone, f"{path}.time_zone", faults) or UTC,
        default_purpose=read_label(message.default_purpose, f"{path}.default_purpose", faults),
        contact_policy=read_contact_policy(message.contact_policy, f"{path}.contact_policy", faults),
        capacities=read_capacities(message.capacities, f"{path}.capacities", faults),
        organization_version=message.organization_version,
        assignments=read_assignments(message.assignments, f"{path}.assignments", faults),
        lift=read_lift_spec(message.lift_spec, f"{path}.lift_spec", faults),
    )


def write_organization(recorded: Recorded[Organization]) -> pb.Organization:
    """Returns an organization as a message; one that nobody has set up has no update_time."""
    organization = recorded.value
    return pb.Organization(
        organization_id=organization.organization_id,
        display_name=organization.display_name,
        time_zone=organization.time_zone,
        default_purpose=organization.default_purpose,
        contact_policy=write_contact_policy(organization.contact_policy),
        capacities=write_capacities(organization.capacities),
        organization_version=organization.organization_version,
        assignments=write_assignments(organization.assignments),
        lift_spec=write_lift_spec(organization.lift),
        update_time=write_time(recorded.record_time_us) if organization.organization_version else None,
    )
