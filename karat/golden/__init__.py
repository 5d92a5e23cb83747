"""Takes golden days; gives a manifest of yardsticks and calibration to judge others by."""

from karat.golden.building import manifest_of
from karat.golden.calibration import calibrate, needed_days, quantile, score
from karat.golden.error_budget import ErrorBudget, expected_false_quarantines
from karat.golden.false_alarms import FalseAlarms, false_alarm_interval, p_value
from karat.golden.half_widths import half_width
from karat.golden.manifest import Day, GoldenManifest
from karat.golden.sample import Sample
from karat.golden.yardsticks import Yardstick, distance_measures, effective_rows, yardstick

__all__ = [
    "Day",
    "ErrorBudget",
    "FalseAlarms",
    "GoldenManifest",
    "Sample",
    "Yardstick",
    "calibrate",
    "distance_measures",
    "effective_rows",
    "expected_false_quarantines",
    "false_alarm_interval",
    "half_width",
    "manifest_of",
    "needed_days",
    "p_value",
    "quantile",
    "score",
    "yardstick",
]
