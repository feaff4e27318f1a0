"""What the servicers call: the serving side as one value."""

from __future__ import annotations

from dataclasses import dataclass

from banditsvc.group_commit import GroupCommitter
from banditsvc.ports import Clock
from banditsvc.serving.activating import Activator
from banditsvc.serving.audience_lease import AudienceLeases
from banditsvc.serving.consents import Consents
from banditsvc.serving.enrolling import Enroller
from banditsvc.serving.excluding import Excluder
from banditsvc.serving.explaining import Explainer
from banditsvc.serving.guardrail_watch import GuardrailWatch
from banditsvc.serving.importing import Importer
from banditsvc.serving.inspecting import Inspector
from banditsvc.serving.merging import Merger
from banditsvc.serving.models import Models
from banditsvc.serving.phases import Phases
from banditsvc.serving.ranking import Ranker
from banditsvc.serving.resources import Resources
from banditsvc.serving.rewarding import Rewarder


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """One per serving process."""

    ranker: Ranker
    activator: Activator
    rewarder: Rewarder
    consents: Consents
    enroller: Enroller
    audiences: AudienceLeases
    excluder: Excluder
    merger: Merger
    importer: Importer
    phases: Phases
    inspector: Inspector
    explainer: Explainer
    resources: Resources
    models: Models
    guardrails: GuardrailWatch
    clock: Clock
    committer: GroupCommitter
