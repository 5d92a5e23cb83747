"""Takes the environment; gives the connections the Dagster folders use."""
