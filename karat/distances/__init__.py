"""Takes states; gives how far they are from golden, exactly or between certain bounds."""

from karat.distances.affinity import hellinger
from karat.distances.atoms import atom_distance, heaviest_atom
from karat.distances.autocorrelations import acf_distance
from karat.distances.category_distance import total_variation
from karat.distances.cell_variation_distance import cell_variation
from karat.distances.circular import kuiper
from karat.distances.contingency import chi_squared, likelihood_ratio
from karat.distances.distance import Distance
from karat.distances.divergence import jensen_shannon
from karat.distances.earth_movers import wasserstein
from karat.distances.gram_containment import Containment, contained
from karat.distances.gram_overlap import Overlap, jaccard
from karat.distances.kolmogorov_smirnov import ks
from karat.distances.missing_cells import coverage
from karat.distances.plugged_distance import OwnDistance, distance_by, own_distance
from karat.distances.quantiles import Moved, quantile_moved, quantile_shift
from karat.distances.ranks import mann_whitney
from karat.distances.shape_and_scale import ScaleFree, scale_free
from karat.distances.squared_steps import cramer_von_mises
from karat.distances.stability import psi
from karat.distances.variance_ratios import variance_ratio_distance

__all__ = [
    "Containment",
    "Distance",
    "Moved",
    "Overlap",
    "OwnDistance",
    "ScaleFree",
    "acf_distance",
    "atom_distance",
    "cell_variation",
    "chi_squared",
    "contained",
    "coverage",
    "cramer_von_mises",
    "distance_by",
    "heaviest_atom",
    "hellinger",
    "jaccard",
    "jensen_shannon",
    "ks",
    "kuiper",
    "likelihood_ratio",
    "mann_whitney",
    "own_distance",
    "psi",
    "quantile_moved",
    "quantile_shift",
    "scale_free",
    "total_variation",
    "variance_ratio_distance",
    "wasserstein",
]
