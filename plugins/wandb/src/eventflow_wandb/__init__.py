"""Eventflow runs in Weights & Biases."""
