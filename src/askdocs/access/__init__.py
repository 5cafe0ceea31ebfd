"""Who uses a server, and what they may do there."""
