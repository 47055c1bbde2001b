"""New plugins: a project rendered from a template, and brought up to date later."""
