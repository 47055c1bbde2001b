"""Eventflow runs as OpenLineage events."""
