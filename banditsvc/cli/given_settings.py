"""Settings given by options."""

from __future__ import annotations

from typing import Any


def given_settings(sections: dict[str, Any]) -> dict[str, Any]:
    """Returns the sections with the options that were given."""
    given = {
        name: {key: value for key, value in options.items() if value is not None} for name, options in sections.items()
    }
    return {name: options for name, options in given.items() if options}
