"""Replay of the service's policies on a log: how others would have explored and learned on the customers of the log."""
