"""Messages as the service would store them: defaults filled in, what the service sets left out.

Only then does comparing what is wanted with what is stored show true differences.
"""

from __future__ import annotations

from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_campaign import read_campaign, write_campaign
from banditsvc.rpc.wire_organization import read_organization, write_organization
from banditsvc.rpc.wire_policy import read_policy, write_policy
from banditsvc.rpc.wire_portfolio import read_portfolio, write_portfolio
from banditsvc.v1 import campaign_pb2, organization_pb2, policy_pb2, portfolio_pb2

SET_BY_SERVICE = ("portfolio_version", "learner_version", "encoder_version", "update_time")


def normal_organization(message: organization_pb2.Organization) -> organization_pb2.Organization:
    """Returns the organization as it would be stored.

    Raises:
        InvalidRequest: Fields are malformed; all of them are named.
    """
    faults = Faults()
    organization = read_organization(message, f"organization {message.organization_id}", faults)
    faults.raise_if_any()
    normal = write_organization(Recorded(0, 0, organization))
    for name in ("organization_version", "update_time"):
        normal.ClearField(name)
    return normal


def normal_portfolio(message: portfolio_pb2.Portfolio) -> portfolio_pb2.Portfolio:
    """Returns the portfolio as it would be stored.

    Raises:
        InvalidRequest: Fields are malformed; all of them are named.
    """
    normal = write_portfolio(Recorded(0, 0, read_portfolio(message)))
    for name in SET_BY_SERVICE:
        normal.ClearField(name)
    return normal


def normal_campaign(message: campaign_pb2.Campaign) -> campaign_pb2.Campaign:
    """Returns the campaign as it would be stored.

    Raises:
        InvalidRequest: Fields are malformed; all of them are named.
    """
    faults = Faults()
    campaign = read_campaign(message, f"campaign {message.campaign_id}", faults)
    faults.raise_if_any()
    return write_campaign(campaign)  # without learned_as, which reading leaves out


def normal_policy(message: policy_pb2.Policy) -> policy_pb2.Policy:
    """Returns the policy as it would be stored.

    Raises:
        InvalidRequest: Fields are malformed; all of them are named.
    """
    normal = write_policy(Recorded(0, 0, read_policy(message)))
    for name in ("policy_version", "create_time"):
        normal.ClearField(name)
    return normal
