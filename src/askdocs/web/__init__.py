"""The chat page and the REST API, served by one app."""
