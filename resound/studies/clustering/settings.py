"""Settings of the study of clustering."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, Len

from resound.settings import Natural, Positive, settings
from resound.studies.common.material import Data


@settings
class Settings:
    """The features to cluster, and the parameters of the methods."""

    kind: Literal["clustering"]
    """DBSCAN, k-means and distances between sequences, on cached features."""
    data: Annotated[list[Data], Len(2, 2)]
    """First the features to cluster, each item as the mean of its rows; then features with one row
    per frame, for distances between sequences."""
    max_items: Positive = 600
    """The largest number of items to cluster, drawn at random from the training and test parts."""
    min_samples: Positive = 5
    """Items within eps, including itself, that make an item a core of a cluster (DBSCAN)."""
    eps_values: Annotated[int, Ge(2)] = 30
    """The number of values of eps, from the smallest with a core to one that includes all items."""
    max_clusters: Annotated[int, Ge(2)] = 12
    """The largest k whose silhouette is computed."""
    clusters: Annotated[list[Annotated[int, Ge(2)]], Len(1)] = field(
        default_factory=lambda: [5, 10, 20]
    )
    """The values of k for which both methods of initialisation are compared."""
    initialisations: Annotated[int, Ge(2)] = 100
    """Runs of k-means with each method of initialisation."""
    references_per_class: Positive = 5
    """Training items of each class, among which nearest neighbours are searched."""
    queries_per_class: Positive = 10
    """Test items of each class whose nearest neighbours are searched."""
    seed: Natural = 1
