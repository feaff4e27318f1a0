"""Worlds: shops whose truth is known. What is declared of one, and how it is read."""
