"""Takes captures, a lake and a contract; gives proved, published partitions, stage by stage."""

from karat.flow.golden import adopt_golden, build_golden
from karat.flow.ingesting import Capture, Ingested, captures_in, ingest
from karat.flow.keeping import Keep
from karat.flow.letting_through import settle
from karat.flow.newest import newest_refs
from karat.flow.publishing import Publication, publish, publish_together
from karat.flow.ranges import Range, merged_range
from karat.flow.rebuild import Batch, rebuild_partitions
from karat.flow.retention import Released, retain
from karat.flow.summary import published_root
from karat.flow.validating import validate
from karat.flow.validation import Validation
from karat.flow.waiving import waive, waivers, withdraw

__all__ = [
    "Batch",
    "Capture",
    "Ingested",
    "Keep",
    "Publication",
    "Range",
    "Released",
    "Validation",
    "adopt_golden",
    "build_golden",
    "captures_in",
    "ingest",
    "merged_range",
    "newest_refs",
    "publish",
    "publish_together",
    "published_root",
    "rebuild_partitions",
    "retain",
    "settle",
    "validate",
    "waive",
    "waivers",
    "withdraw",
]
