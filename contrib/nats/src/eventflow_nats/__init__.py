"""Eventflow over NATS JetStream."""
