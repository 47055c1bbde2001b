"""The planner: how many windows, groups and aggregates become few passes over the rows."""
