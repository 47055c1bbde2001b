"""The run report: one HTML file that reads offline."""
