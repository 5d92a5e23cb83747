"""Takes the environment; gives the connections the Dagster folders use."""

from karat.resources.instance import dagster_home, open_instance
from karat.resources.lake import Connection, LakeResource, lake_resource

__all__ = ["Connection", "LakeResource", "dagster_home", "lake_resource", "open_instance"]
