"""Takes golden days; gives a manifest of cells, scales and calibration to judge others by."""

from karat.golden.calibration import calibrate, needed_days, quantile, score
from karat.golden.manifest import Day, GoldenManifest

__all__ = ["Day", "GoldenManifest", "calibrate", "needed_days", "quantile", "score"]
