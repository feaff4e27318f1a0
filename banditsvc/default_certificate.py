"""The certificate that comes with the software: of the default policy with the default learner, from worlds alone."""

from __future__ import annotations

from importlib.resources import as_file, files

from banditsvc.certificate_file import read_certificate_file
from banditsvc.core.certificate import Certificate

FILE = "default_certificate.json"
"""Made by `make certificate` for the version of the software that it comes with."""


def default_certificate() -> Certificate:
    """Returns the certificate of the policy and the learner that every portfolio starts with."""
    with as_file(files("banditsvc") / FILE) as path:
        return read_certificate_file(path)
