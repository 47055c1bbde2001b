"""Context: what else was known when an event happened, and how it is joined to events."""
