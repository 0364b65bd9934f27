"""The API under schemathesis, against a real node over a real small world."""
