"""Customers from files and streams of columns."""
