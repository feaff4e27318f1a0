"""The laws of policies: ours keep them, and a policy that breaks one is caught."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.engine.world import World
from simulators.laws.check_policy import check_policy
from simulators.laws.law_broken import LawBroken
from simulators.runs.contexts import Contexts
from simulators.runs.named_policies import named_policy
from simulators.runs.plain_policies import one_hot
from simulators.runs.policy import Eligible, Learned
from simulators.worlds.read_world import read_world
from simulators.worlds.world_spec import WorldSpec

WORLD = read_world("two-segments")
SHORT = WORLD.model_copy(update={"days": 6, "customers": 60})
LIFECYCLE = read_world("lifecycle").model_copy(update={"days": 30, "customers": 150, "no_contact": True})


@pytest.mark.parametrize(
    "name", ["default", "greedy floor=0.05", "epsilon_greedy:0.2", "square_cb:5:0.5 crosses=segment*r"]
)
def test_policies_that_learn_keep_the_laws(name: str) -> None:
    """Each of ours that learns keeps all laws, and beats an equal draw by the bound."""
    check_policy(name)


@pytest.mark.parametrize("name", ["coin", "fixed_order", "exclusive_rules", "oracle", "default frozen=true"])
@pytest.mark.parametrize("world", [SHORT, LIFECYCLE], ids=["stateless", "lifecycle"])
def test_all_others_keep_the_laws_too(name: str, world: WorldSpec) -> None:
    """Each of ours keeps the laws, in a world of strangers and in one with triggers, fatigue and opt-outs."""
    check_policy(name, world)


def test_whoever_learns_keeps_the_laws_where_contacts_have_after_effects() -> None:
    """With triggers, fatigue and opt-outs too, but for the gain, of which there the bound says nothing."""
    check_policy("default", LIFECYCLE)


def test_sending_nothing_keeps_the_laws() -> None:
    """Sending nothing is a policy like any other where the world allows it."""
    check_policy("no_contact", LIFECYCLE)


class _Equal:
    """Keeps all laws: an equal draw. Those below break one each."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        assert len(contexts) == len(eligible.mask)
        return np.asarray(eligible.mask / eligible.mask.sum(axis=1, keepdims=True))


class _Transposed(_Equal):
    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        return super().pmf(contexts, eligible).T


class _Unfinished(_Equal):
    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        return super().pmf(contexts, eligible) * 0.999


class _Endless(_Equal):
    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        return super().pmf(contexts, eligible) * np.nan


class _Negative(_Equal):
    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        found = super().pmf(contexts, eligible)
        found[:, 0] -= 2.0
        found[:, 1] += 2.0
        return found


class _Careless(_Equal):
    """Does not look at what is eligible."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        return one_hot(np.zeros(len(contexts), dtype=np.intp), eligible)


class _Sociable(_Equal):
    """Gives the first customer asked about something else than the others."""

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        found = super().pmf(contexts, eligible)
        found[0] = one_hot(eligible.mask.argmax(axis=1), eligible)[0]
        return found


class _Moody(_Equal):
    """Draws anew at each question."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(1)

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        found = super().pmf(contexts, eligible) * self._rng.random(eligible.mask.shape)
        return np.asarray(found / found.sum(axis=1, keepdims=True))


class _Uneven(_Equal):
    """A copy is told something else than the original: it counts copies."""

    def __init__(self, copies: int = 0) -> None:
        self._copies = copies

    def __deepcopy__(self, memo: dict[int, object]) -> _Uneven:
        return _Uneven(self._copies + 1) if self._copies < 2 else _Uneven(9)

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        found = super().pmf(contexts, eligible)
        return one_hot(eligible.mask.argmax(axis=1), eligible) if self._copies > 2 else found


class _Dull(_Equal):
    """Learns nothing from what it is taught."""

    def learn(self, batch: Learned) -> None:
        pass


BROKEN = [
    (_Transposed, "have the shape"),
    (_Unfinished, "sum to 1 only to within"),
    (_Endless, "is not finite"),
    (_Negative, "is negative"),
    (_Careless, "not eligible has a probability"),
    (_Sociable, "depend on who else"),
    (_Moody, "does not answer the same"),
    (_Uneven, "a deep copy that was taught the same"),
]


@pytest.mark.parametrize(("kind", "text"), BROKEN)
def test_a_broken_law_is_named(kind: type[_Equal], text: str) -> None:
    """Who breaks a law is told which, and on which day."""
    with pytest.raises(LawBroken, match=text):
        check_policy(kind(), SHORT)


def test_whoever_learns_nothing_is_caught() -> None:
    """A policy that is taught and does not come to more than an equal draw is told by how much it falls short."""
    with pytest.raises(LawBroken, match=r"earns [+-]0.000000 more a decision than an equal draw"):
        check_policy(_Dull(), SHORT)


def test_the_checked_policy_is_left_as_it_is() -> None:
    """The run teaches copies: the policy itself answers as before."""
    policy = named_policy("default", LIFECYCLE)
    check_policy(policy, LIFECYCLE)
    fresh = named_policy("default", LIFECYCLE)
    visit = World(LIFECYCLE, [3]).begin_day()
    contexts, eligible = visit.contexts, visit.eligible
    assert fresh.pmf(contexts, eligible).tobytes() == policy.pmf(contexts, eligible).tobytes()
