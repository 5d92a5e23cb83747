"""Takes golden days; gives a manifest of cells, scales and calibration to judge others by."""

from karat.golden.calibration import calibrate, needed_days, quantile, score
from karat.golden.error_budget import ErrorBudget, expected_false_quarantines
from karat.golden.false_alarms import FalseAlarms, false_alarm_interval, p_value
from karat.golden.half_widths import half_width
from karat.golden.manifest import Day, GoldenManifest

__all__ = [
    "Day",
    "ErrorBudget",
    "FalseAlarms",
    "GoldenManifest",
    "calibrate",
    "expected_false_quarantines",
    "false_alarm_interval",
    "half_width",
    "needed_days",
    "p_value",
    "quantile",
    "score",
]
