"""The learner: from the log to live models, in a process of its own."""

from banditsvc.learner.learner import Learner
from banditsvc.learner.process import LearnerOptions, run, spare_the_garbage_collector
from banditsvc.learner.replay import replay

__all__ = ["Learner", "LearnerOptions", "replay", "run", "spare_the_garbage_collector"]
