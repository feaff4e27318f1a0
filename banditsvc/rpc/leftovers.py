"""What calls leave behind: when Python looks for garbage among what is new.

Of each call gRPC leaves a cycle of objects that holds its messages. Python looks for such cycles by the number of objects
that there are more of, which are many while a batch is worked off and few after many calls, however large their messages.
Here it is by calls and by the size of what they hold.
"""

from __future__ import annotations

import gc

CALLS = 600
"""After so many it is looked at what is new: more at a time would keep callers waiting."""
BYTES = 16 * 1024 * 1024
"""Or after messages of so many bytes."""
_ROUNDS_OF_A_GENERATION = (20, 20_000)
"""Every so many times it is looked at what was found in use once, and at all that there is."""


class Leftovers:
    """One per server."""

    def __init__(self) -> None:
        self._messages = 0
        self._bytes = 0
        self._rounds = 0

    def note(self, message: bytes) -> None:
        """Takes note of a request or a response; may take a millisecond now and then."""
        self._messages += 1
        self._bytes += len(message)
        if self._messages >= 2 * CALLS or self._bytes >= BYTES:
            self._messages = self._bytes = 0
            self._rounds += 1
            gc.collect(sum(self._rounds % rounds == 0 for rounds in _ROUNDS_OF_A_GENERATION))
