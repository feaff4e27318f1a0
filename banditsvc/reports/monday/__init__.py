"""The Monday page: what a marketer wants to know of the week, on one page."""
