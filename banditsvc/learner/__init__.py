"""The learner: from the log to live models, in a process of its own."""

from banditsvc.learner.learner import Learner
from banditsvc.learner.process import LearnerOptions, look_for_garbage_seldom, run
from banditsvc.learner.replay import replay

__all__ = ["Learner", "LearnerOptions", "look_for_garbage_seldom", "replay", "run"]
