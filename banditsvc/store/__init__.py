"""The stores behind the ports."""

from banditsvc.store.errors import StoreError
from banditsvc.store.memory import MemoryLog
from banditsvc.store.memory_registry import MemoryRegistry
from banditsvc.store.part_folder import PartFolder
from banditsvc.store.sqlite_log import SqliteLog
from banditsvc.store.sqlite_registry import SqliteRegistry

__all__ = ["MemoryLog", "MemoryRegistry", "PartFolder", "SqliteLog", "SqliteRegistry", "StoreError"]
