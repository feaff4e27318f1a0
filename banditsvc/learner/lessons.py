"""Lessons: what is learned of decisions, made of many at once where that is quicker."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import msgspec
import structlog

from banditsvc.core.campaign import Campaign
from banditsvc.core.choice import Choice
from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.decision import Result
from banditsvc.core.encode_together import encode_together
from banditsvc.core.encoded import EncodedCampaign, EncodedContext
from banditsvc.core.features import Encoder, campaign_hash
from banditsvc.core.historical_weight import learning_weight
from banditsvc.core.portfolio import LearnerKind, LearnerSpec
from banditsvc.core.reward import reward_of
from banditsvc.learner.catalogues import Catalogue
from banditsvc.ports import Recorded
from banditsvc.trainer import ContextArrays, batch_arrays

_FEW = 48
"""Up to so many contexts each is encoded by itself."""
_MOST_CAMPAIGNS = 4096

_log = structlog.get_logger(__name__)


class DecisionLesson(msgspec.Struct, frozen=True, gc=False):
    """What is learned of a decision, the same at every age."""

    context: EncodedContext | ContextArrays
    campaign: EncodedCampaign
    nothing: float
    """Scaled reward if nobody answers."""
    weight: float
    """How much it counts beside others."""
    selection_probability: float
    eligible_count: int


class Lessons:
    """Makes the lessons of one lineage. What it knows of campaigns and names changes no lesson."""

    def __init__(self, catalogue: Catalogue, learner: LearnerSpec) -> None:
        self._catalogue = catalogue
        self._learner = learner
        self._encoder = Encoder(learner.encoder)
        self._columns = ColumnEncoder(self._encoder)
        self._campaigns: dict[tuple[int, str], tuple[Campaign, EncodedCampaign]] = {}
        self._of_catalogue: dict[tuple[str, str, int], EncodedCampaign] = {}
        """Those of the catalogue by campaign_id, treatment_id and catalogue_version."""
        self._names: dict[int, str] = {}
        """Of the features of campaigns met so far, by their hashes."""
        self._nothing = tuple(reward_of((), learner.reward, is_no_contact).scaled for is_no_contact in (False, True))

    def of(self, decisions: Sequence[Recorded[Choice]]) -> list[DecisionLesson | None]:
        """Returns the lesson of each decision, None where the log does not say what was chosen."""
        contexts = self._contexts([recorded.value for recorded in decisions])
        return [self._lesson(recorded, context) for recorded, context in zip(decisions, contexts, strict=True)]

    def name_of(self, feature: int) -> str:
        """Returns the name of a campaign's feature, such as `id=winback`, by its hash; `?` where it was not met."""
        return self._names.get(feature, "?")

    def _lesson(self, recorded: Recorded[Choice], context: EncodedContext | ContextArrays) -> DecisionLesson | None:
        decision = recorded.value
        encoded = self._chosen(recorded)
        if encoded is None:
            return None
        count, probability = len(decision.eligible), decision.arm_probability
        return DecisionLesson(
            context,
            encoded,
            self._nothing[decision.result is Result.NO_CONTACT],
            learning_weight(decision, recorded.record_time_us, self._learner.settle),
            # What is not known is taken for an equal draw.
            1.0 / count if isnan(probability) else probability,
            count,
        )

    def _chosen(self, recorded: Recorded[Choice]) -> EncodedCampaign | None:
        """Returns the features of what was chosen; tells and returns None where it is not known."""
        decision = recorded.value
        described = decision.input.described(decision.campaign_id)
        key = (decision.campaign_id, decision.treatment_id, decision.catalogue_version)
        known = self._of_catalogue.get(key) if described is None else None
        if known is not None:
            return known
        campaign = self._catalogue.chosen(decision) if described is None else described
        encoded = None if campaign is None else self._encoded(campaign, decision.treatment_id)
        if encoded is None:
            event = "campaign_unknown" if campaign is None else "treatment_unknown"
            _log.error(event, portfolio_id=decision.input.portfolio_id, position=recorded.position)
        elif described is None:
            if len(self._of_catalogue) >= _MOST_CAMPAIGNS:
                self._of_catalogue.clear()
            self._of_catalogue[key] = encoded
        return encoded

    def _contexts(self, decisions: Sequence[Choice]) -> Sequence[EncodedContext | ContextArrays]:
        """Returns the context of each decision, in the form in which it is learned soonest."""
        batch = encode_together(self._columns, [decision.input for decision in decisions], _FEW)
        if batch is None:
            return [self._alone(decision) for decision in decisions]
        if self._learner.train.learner is LearnerKind.VOWPAL_WABBIT:
            try:
                return batch_arrays(batch)
            except ValueError:
                pass  # whoever learns refuses those at fault, one by one
        return batch.contexts()

    def _alone(self, decision: Choice) -> EncodedContext:
        asked = decision.input
        return self._encoder.context(asked.context, asked.channel, asked.placement, asked.send_time_us)

    def _encoded(self, campaign: Campaign, treatment_id: str) -> EncodedCampaign | None:
        """Returns the features of what was chosen, None where the campaign has no such treatment."""
        # By identity, and the campaign is held so that its identity stays its own. Inline campaigns are new each time.
        known = self._campaigns.get((id(campaign), treatment_id))
        if known is not None:
            return known[1]
        treatment = campaign.treatment(treatment_id)
        if treatment is None and treatment_id:
            return None
        encoded = self._encoder.campaign(campaign, treatment)
        if not self._names.keys() >= set(encoded.hashes):
            self._names |= {campaign_hash(name): name for name, _ in self._encoder.campaign_names(campaign, treatment)}
        if len(self._campaigns) >= _MOST_CAMPAIGNS:
            self._campaigns.clear()
        self._campaigns[id(campaign), treatment_id] = (campaign, encoded)
        return encoded
