"""Certifying: a policy with its learner, judged in worlds whose truth is known and on a log, before it goes live."""

from __future__ import annotations
