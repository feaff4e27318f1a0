"""Lets `python -m banditsvc` be the command line."""

from __future__ import annotations

from banditsvc.cli import main

if __name__ == "__main__":
    main()
