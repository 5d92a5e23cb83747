"""The composition root Dagster loads: it names what exists and computes nothing."""

import dagster as dg

defs = dg.Definitions()
