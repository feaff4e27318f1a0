"""Benchmarks: one command each, beside a peer, ending with one JSON line."""
