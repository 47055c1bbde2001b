"""The plugin host: index, load, quarantine, and the hooks everyone interested is told through."""
