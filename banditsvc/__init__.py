"""banditsvc: a self-hosted contextual bandit that decides which campaign a customer gets."""
