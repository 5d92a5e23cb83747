"""Takes the environment; gives the connections the Dagster folders use."""

from karat.resources.by_the_clock import Clock, clock
from karat.resources.contracts import contracts_of
from karat.resources.instance import dagster_home, open_instance
from karat.resources.lake import Connection, LakeResource, lake_resource
from karat.resources.notices import NoticesResource, notices_resource

__all__ = [
    "Clock",
    "Connection",
    "LakeResource",
    "NoticesResource",
    "clock",
    "contracts_of",
    "dagster_home",
    "lake_resource",
    "notices_resource",
    "open_instance",
]
