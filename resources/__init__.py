"""Takes the environment; gives the connections the Dagster folders use."""

from karat.resources.lake import Connection, LakeResource, lake_resource

__all__ = ["Connection", "LakeResource", "lake_resource"]
