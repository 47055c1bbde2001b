"""Carry events over Redis Streams and Redis Pub/Sub; a cache and a lock on the same server."""
