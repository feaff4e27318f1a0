"""Replay: what a policy that learns would have been worth on the customers of a log, and many settings compared."""

from __future__ import annotations

from offline_eval.replay.acceptance import ReplayRefused, acceptance
from offline_eval.replay.learner import ReplayPolicy, ReplayRows
from offline_eval.replay.replay import Replayed, replay
from offline_eval.replay.replay_once import ReplayedOnce, replay_once
from offline_eval.replay.rows_of_log import EligibleCampaigns, Features, ReplayLog, replay_log
from offline_eval.replay.settings import ReplaySettings
from offline_eval.replay.sweep import sweep

__all__ = [
    "EligibleCampaigns",
    "Features",
    "ReplayLog",
    "ReplayPolicy",
    "ReplayRefused",
    "ReplayRows",
    "ReplaySettings",
    "Replayed",
    "ReplayedOnce",
    "acceptance",
    "replay",
    "replay_log",
    "replay_once",
    "sweep",
]
