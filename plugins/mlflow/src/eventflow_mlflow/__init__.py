"""Eventflow runs in MLflow."""
