"""The policies that learning well compares: ours, stock Vowpal Wabbit, and one without context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from banditsvc.core.exploration import EpsilonGreedy, SquareCB, Thompson
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, LearnerSpec, RewardSpec, TrainSpec
from figures.kept_runs import digest_of
from figures.stock_learner import STOCK, StockVowpalWabbit
from simulators.counting_thompson import CountingThompson
from simulators.runs.policy import LearningPolicy
from simulators.runs.service_policy import ServicePolicy

PORTFOLIO_ID = "shop"
DEFAULT = "default: Thompson on the posterior"
COUNTS = "Thompson on counts, no context"
_OURS = (
    "banditsvc/posterior/*.py",
    "banditsvc/trainer.py",
    "banditsvc/core/exploration/*.py",
    "banditsvc/core/features.py",
)
"""What the figures of ours depend on, so that they are made anew where it has changed."""

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


def compared_policies() -> list[Compared]:
    """Returns the policies compared, the default first."""
    return [
        _service(DEFAULT, Policy(portfolio_id=PORTFOLIO_ID, exploration=Thompson(), floor=0.01), POSTERIOR_TRAIN),
        _service(
            "SquareCB on the posterior",
            Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(), floor=0.01),
            POSTERIOR_TRAIN,
        ),
        _service(
            "SquareCB, our Vowpal Wabbit",
            Policy(portfolio_id=PORTFOLIO_ID, exploration=SquareCB(), floor=0.01),
            TrainSpec(),
        ),
        _service(
            "epsilon .05, our Vowpal Wabbit",
            Policy(portfolio_id=PORTFOLIO_ID, exploration=EpsilonGreedy(epsilon=0.05)),
            TrainSpec(),
        ),
        Compared(
            COUNTS,
            lambda *_: CountingThompson(),
            digest_of(["simulators/counting_thompson.py", "banditsvc/core/exploration/best_of_normals.py"]),
        ),
        *[_stock(name, arguments) for name, arguments in STOCK.items()],
    ]


def _service(name: str, policy: Policy, train: TrainSpec) -> Compared:
    def make(reward: RewardSpec, encoder: EncoderSpec) -> ServicePolicy:
        return ServicePolicy(policy=policy, learner=LearnerSpec(reward=reward, encoder=encoder, train=train))

    return Compared(name, make, f"{policy} {train} {digest_of(_OURS)}")


def _stock(name: str, arguments: str) -> Compared:
    digest = digest_of(["figures/stock_learner.py", "banditsvc/core/features.py"])

    def make(_: RewardSpec, encoder: EncoderSpec) -> StockVowpalWabbit:
        return StockVowpalWabbit(arguments, encoder)

    return Compared(f"stock {name}", make, f"{arguments} {digest}", is_stock=True)
