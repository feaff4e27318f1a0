"""Live runs: worlds that drive a running service, as the scheduler and the feedback pipeline of a shop."""
