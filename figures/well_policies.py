"""The policies that learning well compares: ours, stock Vowpal Wabbit, and one without context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from banditsvc.core.exploration import SquareCB
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, LearnerSpec, RewardSpec
from figures.kept_runs import digest_of
from figures.stock_learner import STOCK, StockVowpalWabbit
from simulators.counting_thompson import CountingThompson
from simulators.runs.policy import LearningPolicy
from simulators.runs.service_policy import ServicePolicy

PORTFOLIO_ID = "shop"
DEFAULT = "default: Thompson on the posterior"
OPTIMISTIC, OPTIMISM = "optimistic SquareCB on the posterior", 0.33
COUNTS = "Thompson on counts, no context"
_POSTERIOR = "banditsvc/posterior/*.py"
"""What the figures of ours depend on most: they are made anew where it has changed."""

Maker = Callable[[RewardSpec, EncoderSpec], LearningPolicy]


@dataclass(frozen=True, slots=True)
class Compared:
    """One policy."""

    name: str
    make: Maker
    """Makes a fresh one for a reward, with the features of an encoder."""
    key: str
    """Changes with what it depends on."""
    is_stock: bool = False
    is_aside: bool = False
    """Whether it is shown in worlds alone, from a few seeds."""


def compared_policies() -> list[Compared]:
    """Returns the policies compared, the default first."""
    optimistic = Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(optimism=OPTIMISM), floor=0.01)
    return [
        _on_posterior(DEFAULT, default_policy(PORTFOLIO_ID)),
        _on_posterior(OPTIMISTIC, optimistic, is_aside=True),
        Compared(
            COUNTS,
            lambda *_: CountingThompson(),
            digest_of(["simulators/counting_thompson.py", "banditsvc/core/exploration/best_of_normals.py"]),
        ),
        *[_stock(name, arguments) for name, arguments in STOCK.items()],
    ]


def _on_posterior(name: str, policy: Policy, *, is_aside: bool = False) -> Compared:
    def make(reward: RewardSpec, encoder: EncoderSpec) -> ServicePolicy:
        return ServicePolicy(policy=policy, learner=LearnerSpec(reward=reward, encoder=encoder, train=POSTERIOR_TRAIN))

    key = f"{policy.exploration} {policy.floor} {POSTERIOR_TRAIN} {digest_of([_POSTERIOR])}"
    return Compared(name, make, key, is_aside=is_aside)


def _stock(name: str, arguments: str) -> Compared:
    digest = digest_of(["figures/stock_learner.py"])

    def make(_: RewardSpec, encoder: EncoderSpec) -> StockVowpalWabbit:
        return StockVowpalWabbit(arguments, encoder)

    return Compared(f"stock {name}", make, f"{arguments} {digest}", is_stock=True)
