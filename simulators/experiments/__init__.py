"""Experiments: policies x settings x worlds x seeds, on all cores, resumable."""
