"""The log as dsjson in learned order, from which stock Vowpal Wabbit learns the model that this service learned.

A line is a decision that was learned from: the context under C, each eligible campaign with its features under A and its
match with the customer's favourites under M, the probabilities beside the ranking. Its label serves learning: the cost is the
mean reward learned before less this one, both scaled to [0, 1], and the probability is the one with which Vowpal Wabbit
weighs a decision as this service does. What evaluation needs besides stands under `_banditsvc`, which Vowpal Wabbit passes
over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from banditsvc.core.campaign import Campaign
from banditsvc.core.encoded import EncodedContext
from banditsvc.core.errors import NotFound
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import LearnerKind, LearnerSpec
from banditsvc.learner.catalogues import Catalogue, Catalogues
from banditsvc.learner.learned_decisions import LearnedDecision, learned_decisions
from banditsvc.log_time import EPOCH
from banditsvc.ports import DecisionLog, Lineage
from banditsvc.trainer import label_probability
from banditsvc.whole_file import whole_file

FILE = "learned.dsjson"
ARGUMENTS_FILE = "vw-arguments.txt"
Named = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DsjsonExport:
    """What was written."""

    rows: int
    arguments: str
    """What stock Vowpal Wabbit is given besides the data file."""
    reward_mean: float
    """A predicted reward is this less reward_span times the predicted cost."""
    reward_span: float
    is_same_model: bool
    """Whether what Vowpal Wabbit learns is the model that this service learned; the posterior is another learner's, and the last
    days are not all.
    """
    unseen: tuple[str, ...] = ()
    """Features that Vowpal Wabbit's JSON passes over, as their names begin with _."""


def write_dsjson(
    log: DecisionLog,
    lineage: Lineage | None,
    portfolio_id: str,
    directory: Path,
    progress: Callable[[str, int], None] = lambda name, rows: None,  # noqa: ARG005  a keyword of the interface
) -> DsjsonExport:
    """Writes what a portfolio learned from, and the arguments to learn it, to two files; each appears whole or not at all.

    Args:
        log: The log.
        lineage: The serving lineage; None where nothing was learned yet: the decisions are then as they would be learned.
        portfolio_id: The portfolio.
        directory: It is made if it is not there.
        progress: Told again and again how many rows were written.

    Raises:
        NotFound: There is no such portfolio.
        OSError: A file cannot be written.
    """
    catalogue = Catalogues(log).get(portfolio_id)
    if catalogue is None:
        raise NotFound("portfolio", portfolio_id)
    if lineage is None:
        portfolio = catalogue.portfolio
        lineage = Lineage(
            lineage_id=0,
            portfolio_id=portfolio_id,
            cause_position=catalogue.settings_position,
            learner_version=portfolio.learner_version,
            learner=portfolio.learner,
        )
    directory.mkdir(parents=True, exist_ok=True)
    lines, rows, total, weight = _Lines(lineage.learner, catalogue), 0, 0.0, 0.0
    with whole_file(directory / FILE) as file:
        for learned in learned_decisions(log, catalogue, lineage):
            file.write(lines.line(learned).encode())
            rows += 1
            total, weight = total + learned.weight * learned.reward.scaled, weight + learned.weight
            if rows % 1000 == 0:
                progress(FILE, rows)
    reward, arguments = lineage.learner.reward, vw_arguments(lineage.learner)
    with whole_file(directory / ARGUMENTS_FILE) as file:
        file.write(f"{arguments}\n".encode())
    span, train = reward.greatest - reward.least, lineage.learner.train
    return DsjsonExport(
        rows=rows,
        arguments=arguments,
        reward_mean=reward.least + span * (total / weight if weight else 0.0),
        reward_span=span,
        is_same_model=train.learner is LearnerKind.VOWPAL_WABBIT and train.last_days is None,
        unseen=tuple(sorted(lines.unseen)),
    )


def vw_arguments(learner: LearnerSpec) -> str:
    """Returns the arguments with which stock Vowpal Wabbit learns from the lines what this service's trainer learns."""
    train = learner.train
    arguments = ["--dsjson", "--cb_adf", "--no_predict", "--cb_type", "mtr", "-q", "CA", "-b", str(train.bits)]
    arguments += ["-l", repr(train.learning_rate), "--power_t", repr(train.power_t)]
    return " ".join([*arguments, "--l2", repr(train.l2)] if train.l2 > 0.0 else arguments)


class _Lines:
    """Makes the lines."""

    def __init__(self, learner: LearnerSpec, catalogue: Catalogue) -> None:
        self.unseen: set[str] = set()
        self._learner, self._catalogue = learner, catalogue
        self._encoder = Encoder(learner.encoder)

    def line(self, learned: LearnedDecision) -> str:
        """Returns the line of a decision, with its end."""
        recorded, decision = learned.recorded, learned.recorded.value
        asked, place = decision.input, decision.chosen_place
        order = [place, *(other for other in range(len(decision.eligible)) if other != place)]
        named = self._encoder.context_names(asked.context, asked.channel, asked.placement, asked.send_time_us)
        count = len(decision.eligible)
        own = label_probability(self._learner.train, learned.selection_probability, count, learned.sums)
        # Vowpal Wabbit sees all eligible campaigns here, and divides by their mean number so far.
        mean = (learned.sums.eligible_sum + count) / (learned.sums.learned_count + 1)
        time = EPOCH + timedelta(microseconds=recorded.record_time_us)
        known = decision.is_probability_known
        shares = f',"p":{_json([decision.selection_probabilities[one] for one in order])}' if known else ""
        told = {"reward": learned.reward.clipped, "customer_id": asked.customer_id}
        return (
            f'{{"_label_cost":{_json(learned.baseline - learned.reward.scaled)}'
            f',"_label_probability":{_json(own / learned.weight / mean)}'
            f',"_label_Action":{place + 1},"_labelIndex":{place},"Timestamp":{_json(time.isoformat())}'
            f',"Version":"1","EventId":{_json(decision.decision_id)},"a":{_json([one + 1 for one in order])}'
            f',"c":{{"C":{self._features(named)},"_multi":[{self._actions(learned)}]}}{shares}'
            f',"_banditsvc":{_json(told)}}}\n'
        )

    def _actions(self, learned: LearnedDecision) -> str:
        decision = learned.recorded.value
        treatments = decision.treatments or [""] * len(decision.eligible)
        return ",".join(
            self._action(self._catalogue.campaign_of(decision, one), one, treatment_id, learned.context)
            for one, treatment_id in zip(decision.eligible, treatments, strict=True)
        )

    def _action(self, campaign: Campaign | None, campaign_id: str, treatment_id: str, context: EncodedContext) -> str:
        tag = _json(f"{campaign_id}/{treatment_id}" if treatment_id else campaign_id)
        treatment = None if campaign is None else campaign.treatment(treatment_id)
        if campaign is None or (treatment_id and treatment is None):
            return f'{{"_tag":{tag}}}'  # not known any more; only the chosen one is learned
        features = self._features(self._encoder.campaign_names(campaign, treatment))
        wanted = self._encoder.campaign(campaign, treatment).match_hash
        matches = [value for hash_, value in zip(context.hashes, context.values, strict=True) if hash_ == wanted]
        match = f',"M":{self._features([("favourite", value) for value in matches])}' if matches else ""
        return f'{{"_tag":{tag},"A":{features}{match}}}'

    def _features(self, named: Named) -> str:
        # By hand, as two features may have one name, and both count.
        pairs = [(name.strip(_BLANKS), value) for name, value in named]
        self.unseen.update(name for name, _ in pairs if name.startswith("_"))
        return "{" + ",".join(f"{_json(name)}:{_json(value)}" for name, value in pairs) + "}"


_BLANKS = "".join(map(chr, range(0x21)))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
