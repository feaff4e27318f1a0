"""What can go wrong when a store is opened or read.

These are for whoever starts the process: no caller of the service sees them, so they are no BanditErrors.

StoreError
├── StoreInUse         another process writes the store
├── StoreMissing       there is nothing to read at the path
├── StoreMismatch      the file is another kind of database, or its schema has another version
├── StoreDamaged       a stored record cannot be read
└── StoreUnavailable   the file cannot be read or written now, or was closed
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of the errors of opening and reading a store. The text says what to do."""


class StoreInUse(StoreError):
    """Another process has the store open for writing."""


class StoreMissing(StoreError):
    """There is no store at the path, and it was opened for reading only."""


class StoreMismatch(StoreError):
    """The file is no store of this kind, or was written by another version of the software."""


class StoreDamaged(StoreError):
    """A stored record cannot be read."""


class StoreUnavailable(StoreError):
    """The file cannot be read or written now, was opened for reading only, or was closed."""
