"""Revenue features for Eventflow, day by day, from daily revenue or raw transactions."""
