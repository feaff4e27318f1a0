"""Settings as a log has them now."""

from __future__ import annotations

from banditsvc.serving.stored_settings import StoredSettings
from banditsvc.store.sqlite_log import SqliteLog


def settings_of(log: SqliteLog) -> StoredSettings:
    """Returns all settings, in their newest versions, of an open log, which stays open."""
    stored = StoredSettings()
    for recorded in log.read_resources(0):
        stored.fold(recorded)
    return stored
