"""Takes published partitions; gives versioned training manifests and a reader that refuses."""

from karat.dataset.allowance import Allowance, allow
from karat.dataset.cutting import cut
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.opening import open_dataset as open  # noqa: A004 - read as karat.dataset.open
from karat.dataset.reader import Dataset
from karat.dataset.readings import Reading, record_reading
from karat.dataset.split import Split
from karat.dataset.step_reading import TrainingSteps, training_steps
from karat.dataset.steps import Steps
from karat.dataset.tagged import manifests
from karat.dataset.version import Version

__all__ = [
    "Allowance",
    "Dataset",
    "Entry",
    "Manifest",
    "Reading",
    "Split",
    "Steps",
    "TrainingSteps",
    "Version",
    "allow",
    "cut",
    "manifests",
    "open",
    "record_reading",
    "training_steps",
]
