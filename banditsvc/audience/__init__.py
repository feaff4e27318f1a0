"""A whole audience at once: customers as columns, decided in canonical order, part by part."""
