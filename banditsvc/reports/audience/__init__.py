"""What a plan of an audience is about to send: the numbers, as tables and as a page."""
