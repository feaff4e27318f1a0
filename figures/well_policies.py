"""The policies that learning well compares: ours, stock Vowpal Wabbit, and one without context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from banditsvc.core.exploration import SquareCB
from banditsvc.core.policy import Policy, default_policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, LearnerKind, LearnerSpec, RewardSpec, TrainSpec
from figures.kept_runs import digest_of
from figures.stock_learner import STOCK, StockVowpalWabbit
from simulators.counting_thompson import CountingThompson
from simulators.runs.policy import LearningPolicy
from simulators.runs.service_policy import ServicePolicy

PORTFOLIO_ID = "shop"
DEFAULT = "default: Thompson on the posterior"
OPTIMISTIC, OPTIMISM = "optimistic SquareCB on the posterior", 0.33
COUNTS = "Thompson on counts, no context"
_OF_LEARNER = {
    LearnerKind.POSTERIOR: "banditsvc/posterior/*.py",
    LearnerKind.VOWPAL_WABBIT: "banditsvc/trainer.py",
}
"""Files that the figures of ours depend on most: these are made anew where those have changed."""

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
    square_cb = Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(), floor=0.01)
    optimistic = Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(optimism=OPTIMISM), floor=0.01)
    return [
        _service(DEFAULT, default_policy(PORTFOLIO_ID), POSTERIOR_TRAIN),
        _service(OPTIMISTIC, optimistic, POSTERIOR_TRAIN, is_aside=True),
        _service("SquareCB on our Vowpal Wabbit", square_cb, TrainSpec(), is_aside=True),
        Compared(
            COUNTS,
            lambda *_: CountingThompson(),
            digest_of(["simulators/counting_thompson.py", "banditsvc/core/exploration/best_of_normals.py"]),
        ),
        *[_stock(name, arguments) for name, arguments in STOCK.items()],
    ]


def _service(name: str, policy: Policy, train: TrainSpec, *, is_aside: bool = False) -> Compared:
    def make(reward: RewardSpec, encoder: EncoderSpec) -> ServicePolicy:
        return ServicePolicy(policy=policy, learner=LearnerSpec(reward=reward, encoder=encoder, train=train))

    return Compared(
        name,
        make,
        f"{policy.exploration} {policy.floor} {train} {digest_of([_OF_LEARNER[train.learner]])}",
        is_aside=is_aside,
    )


def _stock(name: str, arguments: str) -> Compared:
    digest = digest_of(["figures/stock_learner.py"])

    def make(_: RewardSpec, encoder: EncoderSpec) -> StockVowpalWabbit:
        return StockVowpalWabbit(arguments, encoder)

    return Compared(f"stock {name}", make, f"{arguments} {digest}", is_stock=True)
