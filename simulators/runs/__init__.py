"""Runs: policies in worlds, and what came of them."""
