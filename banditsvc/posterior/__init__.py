"""The linear model that knows how sure it is: a posterior over the effects of campaigns, family by family."""

from banditsvc.posterior.lesson import Lesson
from banditsvc.posterior.trainer import PosteriorTrainer

__all__ = ["Lesson", "PosteriorTrainer"]
