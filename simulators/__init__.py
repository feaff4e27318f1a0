"""Simulators: traffic that drives the service."""
