"""The engine of worlds: customers who live, buy and respond, many at once and several seeds side by side."""
