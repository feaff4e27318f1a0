"""Explorations: one file each, all behind the interface in exploration.py; a further one is a file and a line here."""

from banditsvc.core.exploration.epsilon_greedy import EpsilonGreedy
from banditsvc.core.exploration.exclusive_rules import ExclusiveRules, TargetRule
from banditsvc.core.exploration.exploration import Exploration
from banditsvc.core.exploration.fixed_priority import FixedPriority
from banditsvc.core.exploration.greedy import Greedy
from banditsvc.core.exploration.softmax import Softmax
from banditsvc.core.exploration.square_cb import SquareCB
from banditsvc.core.exploration.thompson import Thompson
from banditsvc.core.exploration.uniform import Uniform

EXPLORATIONS: dict[str, type[Exploration]] = {
    "greedy": Greedy,
    "uniform": Uniform,
    "epsilon_greedy": EpsilonGreedy,
    "square_cb": SquareCB,
    "thompson": Thompson,
    "softmax": Softmax,
    "fixed_priority": FixedPriority,
    "exclusive_rules": ExclusiveRules,
}
"""Every exploration by its name in settings and files."""

__all__ = [
    "EXPLORATIONS",
    "EpsilonGreedy",
    "ExclusiveRules",
    "Exploration",
    "FixedPriority",
    "Greedy",
    "Softmax",
    "SquareCB",
    "TargetRule",
    "Thompson",
    "Uniform",
]
