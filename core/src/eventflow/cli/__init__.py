"""The command line; each command in its own file, imported when it is asked for."""
