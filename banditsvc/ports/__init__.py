"""What the shell must provide: a decision log, a model registry and a clock."""

from banditsvc.ports.audience_files import AudienceFiles
from banditsvc.ports.clock import Clock
from banditsvc.ports.decision_log import (
    Commit,
    ContactTally,
    DecisionLog,
    HeldContact,
    LogRecord,
    Recorded,
    UnsentDecisions,
    Watermark,
)
from banditsvc.ports.model_registry import (
    Checkpoint,
    EarlySums,
    Lineage,
    ModelRegistry,
    ModelSummary,
    Progress,
    RunningSums,
    Segment,
)
from banditsvc.ports.resources import (
    CampaignVersion,
    CertificateOverride,
    Deployment,
    FiledCertificate,
    GuardrailEvent,
    ModelPin,
    RelearnRequest,
    Resource,
    ShadowSetting,
)

__all__ = [
    "AudienceFiles",
    "CampaignVersion",
    "CertificateOverride",
    "Checkpoint",
    "Clock",
    "Commit",
    "ContactTally",
    "DecisionLog",
    "Deployment",
    "EarlySums",
    "FiledCertificate",
    "GuardrailEvent",
    "HeldContact",
    "Lineage",
    "LogRecord",
    "ModelPin",
    "ModelRegistry",
    "ModelSummary",
    "Progress",
    "Recorded",
    "RelearnRequest",
    "Resource",
    "RunningSums",
    "Segment",
    "ShadowSetting",
    "UnsentDecisions",
    "Watermark",
]
