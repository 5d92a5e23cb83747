"""Takes an empty home; gives the whole flow once, on a simulated market, through Dagster."""
