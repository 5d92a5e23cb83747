"""Takes published partitions; gives versioned training manifests and a reader that refuses."""

from karat.dataset.cutting import cut
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.reader import Dataset, manifests
from karat.dataset.reader import open_dataset as open  # noqa: A004 - read as karat.dataset.open
from karat.dataset.version import Version

__all__ = ["Dataset", "Entry", "Manifest", "Version", "cut", "manifests", "open"]
