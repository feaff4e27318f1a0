"""Rehearsals: what the service would do on a retailer's own numbers, from past sends and orders alone."""
