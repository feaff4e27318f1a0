"""Scopes: whose division of customers into groups a lift report is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_spec import AssignmentSpec
from banditsvc.core.errors import FailedPrecondition, FieldViolation, InvalidRequest, NotFound
from banditsvc.core.lift_spec import LiftSpec
from banditsvc.core.organization import DEFAULT_ORGANIZATION, Organization
from banditsvc.core.portfolio import Portfolio
from banditsvc.ports import Recorded, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftScope:
    """A portfolio's own division, or that of an organization over all its portfolios; for all channels or for one."""

    owner: AssignmentOwner
    owner_id: str
    display_name: str
    organization_id: str
    channel: str
    """Empty where the division is that for all channels."""
    portfolios: tuple[Portfolio, ...]
    """Whose decisions and outcomes are read, as they are now, by portfolio_id."""
    lift: LiftSpec
    versions: Mapping[int, AssignmentSpec]
    """The division in all its versions; at least one of them divides somebody. The newest may divide nobody: it ended."""
    version: int | None = None
    """The version asked for; None: the newest that has enrolled anybody."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """Returns the currencies that amounts are in."""
        return tuple(sorted({portfolio.currency for portfolio in self.portfolios}))

    def spec(self, version: int) -> AssignmentSpec:
        """Returns the division in one version; 0 stands for the one asked for, or else the newest that divides somebody."""
        wanted = version or self.version
        return self.versions[wanted or max(known for known, spec in self.versions.items() if spec.divides)]

    def end_us(self, version: int) -> int | None:
        """Returns when everyone was drawn anew, or nobody any more; None where a version still stands."""
        later = self.versions.get(version + 1)
        return None if later is None else later.start_time_us

    def place_among(self, draws: Sequence[AssignedGroup]) -> int:
        """Returns the place of this division's draw among those of a decision or an enrollment, -1 where it has none."""
        for place, draw in enumerate(draws):
            if draw.owner is self.owner and draw.channel == self.channel:
                return place
        return -1


def portfolio_scope(
    resources: Iterable[Recorded[Resource]], portfolio_id: str, *, channel: str = "", version: int | None = None
) -> LiftScope:
    """Returns the scope of a portfolio's own division.

    Args:
        resources: All resources of the log.
        portfolio_id: The portfolio.
        channel: Empty for the division for all channels.
        version: An assignment_version; None for the newest that has enrolled anybody.

    Raises:
        NotFound: There is no such portfolio.
        FailedPrecondition: It divides nobody.
        InvalidRequest: There is no such version.
    """
    settings = list(resources)
    history = [one.value for one in settings if isinstance(one.value, Portfolio)]
    history = [portfolio for portfolio in history if portfolio.portfolio_id == portfolio_id]
    if not history:
        raise NotFound("portfolio", portfolio_id)
    portfolio = history[-1]
    specs = [spec for one in history for spec in one.assignments]
    if not _divides(specs, channel):
        above = _organization_versions(settings, portfolio.organization_id)[-1]
        named = portfolio.organization_id if _divides(above.assignments, channel) else ""
        raise _undivided("portfolio", portfolio_id, specs, channel, named)
    return LiftScope(
        owner=AssignmentOwner.PORTFOLIO,
        owner_id=portfolio_id,
        display_name=portfolio.display_name,
        organization_id=portfolio.organization_id,
        channel=channel,
        portfolios=(portfolio,),
        lift=portfolio.lift,
        versions=_versions(specs, channel, version),
        version=version,
    )


def organization_scope(
    resources: Iterable[Recorded[Resource]], organization_id: str, *, channel: str = "", version: int | None = None
) -> LiftScope:
    """Returns the scope of an organization's division, over all portfolios that belong to it now.

    Takes the same arguments as portfolio_scope, and raises the same errors.
    """
    settings = list(resources)
    newest = {one.value.portfolio_id: one.value for one in settings if isinstance(one.value, Portfolio)}
    own = [newest[name] for name in sorted(newest) if newest[name].organization_id == organization_id]
    history = _organization_versions(settings, organization_id)
    if not own and not history[-1].organization_version:
        raise NotFound("organization", organization_id)
    specs = [spec for one in history for spec in one.assignments]
    if not _divides(specs, channel):
        raise _undivided("organization", organization_id, specs, channel)
    return LiftScope(
        owner=AssignmentOwner.ORGANIZATION,
        owner_id=organization_id,
        display_name=history[-1].display_name,
        organization_id=organization_id,
        channel=channel,
        portfolios=tuple(own),
        lift=history[-1].lift,
        versions=_versions(specs, channel, version),
        version=version,
    )


def _organization_versions(settings: Iterable[Recorded[Resource]], organization_id: str) -> list[Organization]:
    found = [one.value for one in settings if isinstance(one.value, Organization)]
    return [one for one in found if one.organization_id == organization_id] or [DEFAULT_ORGANIZATION]


def _divides(specs: Iterable[AssignmentSpec], channel: str) -> bool:
    return any(spec.divides for spec in specs if spec.channel == channel)


def _versions(specs: Iterable[AssignmentSpec], channel: str, wanted: int | None) -> dict[int, AssignmentSpec]:
    """Returns the versions on a channel.

    Raises:
        InvalidRequest: The wanted one is not among them.
    """
    found = {spec.assignment_version: spec for spec in specs if spec.channel == channel}
    dividing = sorted(version for version, spec in found.items() if spec.divides)
    if wanted is not None and wanted not in dividing:
        known = ", ".join(map(str, dividing))
        raise InvalidRequest([FieldViolation("version", f"there is no assignment version {wanted}; there is {known}")])
    return found


def _undivided(
    kind: str, name: str, specs: Sequence[AssignmentSpec], channel: str, above: str = ""
) -> FailedPrecondition:
    where = f" on channel {channel!r}" if channel else ""
    others = sorted({spec.channel for spec in specs if spec.divides and spec.channel != channel})
    remedy = f"give it [[{kind}.assignments]], such as holdout = 0.1, and apply that"
    if others:
        remedy = f"it does with {' or '.join(f'--channel {other}' if other else 'no --channel' for other in others)}"
    elif above:
        remedy = f"its organization does: --organization {above}"
    return FailedPrecondition(
        "NOT_DIVIDED",
        f"{kind} {name!r} does not divide its customers into groups{where}, so there is nothing to compare with: {remedy}",
    )
