"""Takes states; gives how far they are from golden, exactly or between certain bounds."""

from karat.distances.category_distance import total_variation
from karat.distances.distance import Distance
from karat.distances.kolmogorov_smirnov import ks

__all__ = ["Distance", "ks", "total_variation"]
