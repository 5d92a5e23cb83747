"""`python -m karat.resources.ready`: make Dagster's home ready, and print where it is."""

import sys

from karat.cli.settings import Settings
from karat.resources.instance import dagster_home

if __name__ == "__main__":
    sys.stdout.write(f"{dagster_home(Settings.from_environment())}\n")
