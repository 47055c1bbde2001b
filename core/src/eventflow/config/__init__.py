"""From YAML or a dictionary to bound components, with every problem reported at once."""
