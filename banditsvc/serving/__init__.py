"""Serving: the active models and the Rank, Activate and Reward paths over the ports."""
