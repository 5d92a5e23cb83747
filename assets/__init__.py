"""Takes the lake's captures and a contract; gives the Dagster assets, in the order they flow."""
