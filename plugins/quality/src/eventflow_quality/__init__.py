"""Data quality gates for Eventflow: schema, completeness, uniqueness, validity, scores."""
