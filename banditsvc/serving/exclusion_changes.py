"""Changes of exclusions, on a draft."""

from __future__ import annotations

import dataclasses

from banditsvc.core.errors import FailedPrecondition, NotFound
from banditsvc.core.exclusion import Exclusion, ExclusionRevocation
from banditsvc.serving.portfolio_state import PortfolioState
from banditsvc.serving.settings_draft import SettingsDraft

MOST_IN_FORCE = 200
"""Each decision that is settled is compared with all of them."""


def same_exclusion(state: PortfolioState, exclusion: Exclusion) -> int:
    """Returns the number of the exclusion in force that says the same, 0 for none."""
    for exclusion_id, known in state.exclusions.items():
        is_same = known.value == dataclasses.replace(exclusion, exclusion_id=exclusion_id)
        if is_same and exclusion_id not in state.revocations:
            return exclusion_id
    return 0


def create_exclusion(draft: SettingsDraft, exclusion: Exclusion) -> int:
    """Stores an exclusion and returns its number; one that says the same as another in force is that one.

    Raises:
        NotFound: There is no such portfolio.
        FailedPrecondition: As many are in force as there may be.
    """
    state = draft.after.state(exclusion.portfolio_id)
    same = same_exclusion(state, exclusion)
    if same:
        return same
    if len(state.exclusions) - len(state.revocations) >= MOST_IN_FORCE:
        raise FailedPrecondition(
            "TOO_MANY_EXCLUSIONS",
            f"{MOST_IN_FORCE} exclusions of portfolio {exclusion.portfolio_id!r} are in force, as many as there may be: "
            "revoke some, or exclude a longer time by one",
        )
    exclusion_id = len(state.exclusions) + 1
    draft.store(dataclasses.replace(exclusion, exclusion_id=exclusion_id))
    return exclusion_id


def revoke_exclusion(draft: SettingsDraft, revocation: ExclusionRevocation) -> None:
    """Ends an exclusion.

    Raises:
        NotFound: There is no such portfolio or exclusion.
        FailedPrecondition: It was revoked before.
    """
    state = draft.after.state(revocation.portfolio_id)
    if revocation.exclusion_id not in state.exclusions:
        raise NotFound("exclusion", str(revocation.exclusion_id))
    before = state.revocations.get(revocation.exclusion_id)
    if before is not None:
        raise FailedPrecondition(
            "ALREADY_REVOKED", f"exclusion {revocation.exclusion_id} was revoked before: {before.value.reason}"
        )
    draft.store(revocation)
