"""Takes the environment; gives the connections the Dagster folders use."""

from karat.resources.contracts import contracts_of
from karat.resources.instance import dagster_home, open_instance
from karat.resources.lake import Connection, LakeResource, lake_resource

__all__ = [
    "Connection",
    "LakeResource",
    "contracts_of",
    "dagster_home",
    "lake_resource",
    "open_instance",
]
