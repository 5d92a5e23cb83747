"""Takes values one after another; gives each window's distance from golden as it ends there."""

from karat.states.sliding.windows import Extremes, SlidingKS, SlidingKuiper

__all__ = ["Extremes", "SlidingKS", "SlidingKuiper"]
