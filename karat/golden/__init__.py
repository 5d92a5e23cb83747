"""Takes golden days; gives a manifest of yardsticks and calibration to judge others by."""

from karat.golden.building import manifest_of
from karat.golden.by_cells import cell_distance
from karat.golden.calibration import calibrate, needed_days, quantile, score
from karat.golden.chunk_profile import ChunkProfile
from karat.golden.chunk_scale import ChunkScale
from karat.golden.day_changes import DayChange, changed_days
from karat.golden.day_likeness import DayLikeness, Drift, Likeness, likeness
from karat.golden.description import described
from karat.golden.error_budget import ErrorBudget, expected_false_quarantines
from karat.golden.false_alarms import FalseAlarms, false_alarm_interval, p_value
from karat.golden.folder import read_folder, write_folder
from karat.golden.half_widths import HalfWidth, half_width, sampling_width
from karat.golden.manifest import Day, GoldenManifest
from karat.golden.refining import Finer, Refined, refined_distance
from karat.golden.sample import Sample
from karat.golden.splitting import split, split_strata
from karat.golden.sufficient_days import Sufficient, full_size, sufficient
from karat.golden.yardsticks import Yardstick, distance_measures, effective_rows, yardstick

__all__ = [
    "ChunkProfile",
    "ChunkScale",
    "Day",
    "DayChange",
    "DayLikeness",
    "Drift",
    "ErrorBudget",
    "FalseAlarms",
    "Finer",
    "GoldenManifest",
    "HalfWidth",
    "Likeness",
    "Refined",
    "Sample",
    "Sufficient",
    "Yardstick",
    "calibrate",
    "cell_distance",
    "changed_days",
    "described",
    "distance_measures",
    "effective_rows",
    "expected_false_quarantines",
    "false_alarm_interval",
    "full_size",
    "half_width",
    "likeness",
    "manifest_of",
    "needed_days",
    "p_value",
    "quantile",
    "read_folder",
    "refined_distance",
    "sampling_width",
    "score",
    "split",
    "split_strata",
    "sufficient",
    "write_folder",
    "yardstick",
]
