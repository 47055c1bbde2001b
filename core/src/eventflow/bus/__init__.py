"""Typed events and the transports that carry them."""
