"""Finding out what is wrong with plugins, in processes of their own and from their source."""
