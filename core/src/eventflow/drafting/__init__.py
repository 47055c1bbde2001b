"""Drafting a pipeline from data: what holds of the rows there are, as a schema to start from."""
