"""The HTTP interface: FastAPI for its description, thin handlers for its answers."""
