"""Judges what the service did from its log: intervals that may be read daily, and lift between assignment groups."""
