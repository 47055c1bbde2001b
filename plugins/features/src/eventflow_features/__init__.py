"""Feature steps for Eventflow: rename, derive, filter, deduplicate, aggregate per entity."""
