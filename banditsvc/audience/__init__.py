"""A whole audience at once: customers as columns, decided in parts as Rank would decide each of them."""
