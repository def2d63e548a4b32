"""Groups of source and target speakers, and a classifier that is transferred between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.errors import UserError
from resound.studies.common import divergences
from resound.studies.common.divergences import Normal, Vector
from resound.studies.common.material import Material
from resound.studies.matching import findings, marginals, networks
from resound.studies.matching.adaptation import coral, minimise_mmd, sample_rows
from resound.studies.matching.findings import CORAL, MIN_MMD, UNCHANGED, Outcome
from resound.studies.matching.settings import Settings

MARGINAL: dict[str, Callable[[Vector, Vector], Vector]] = {
    findings.Z_SCORE: marginals.z_score,
    findings.RANGE: marginals.match_range,
    findings.HISTOGRAM: marginals.match_histograms,
    findings.QUANTILES: marginals.match_quantiles,
    findings.SMOOTHED: marginals.match_smoothed,
    findings.LEAST_KL: marginals.least_divergence,
    findings.LEAST_WASSERSTEIN: marginals.least_wasserstein,
}
"""The methods that match each feature by itself; arguments are target and source."""


def draw_speaker_groups(
    material: Material, draws: int, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield the items of source and target speakers; the first draw is that of the split."""
    items = np.unique(np.concatenate([material.parts["train"], material.parts["test"]]))
    speakers = material.column("speaker", items)
    all_speakers, test_speakers = split_speakers(material)
    random = np.random.default_rng(seed)
    for draw in range(draws):
        if draw:
            target_speakers = random.choice(all_speakers, len(test_speakers), replace=False)
        else:
            target_speakers = test_speakers
        target = np.isin(speakers, target_speakers)
        yield items[~target], items[target]


def split_speakers(material: Material) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return all speakers of the train and test parts, and those of the test part.

    Raises UserError where a part is missing or where speakers are in both.
    """
    parts, corpus, split = material.parts, material.data.corpus, material.data.split
    if not all(len(parts.get(part, ())) for part in ("train", "test")):
        raise UserError(
            f"matching needs a split with train and test parts; {split} of {corpus} has none"
        )
    train, test = (np.unique(material.column("speaker", parts[part])) for part in ("train", "test"))
    if np.intersect1d(train, test).size:
        raise UserError(
            f"matching needs a split that keeps speakers apart; {split} of {corpus} does not, or"
            " the corpus has no speakers: choose a split of `kind: grouped`, `group_by: speaker`"
        )
    return np.union1d(train, test), test


def adapt_by_networks(
    problems: Sequence[networks.Problem], random: np.random.Generator
) -> list[dict[str, Vector]]:
    """Return the target of each problem by each method that trains networks."""
    adapted = {
        findings.ADVERSARIAL: networks.match_adversarially(problems, "linear", random),
        findings.GAN: networks.match_adversarially(problems, "network", random),
        findings.VAE: networks.match_by_autoencoder(problems, random),
    }
    return [dict(zip(adapted, targets)) for targets in zip(*adapted.values())]


class TransferTask:
    """A classifier trained on the source, and the features of the target that it is applied to.

    Features of both are standardised by the source; constant ones are left out.
    """

    def __init__(
        self, material: Material, source: NDArray[np.intp], target: NDArray[np.intp]
    ) -> None:
        from sklearn.linear_model import LogisticRegression

        features = material.means(source)
        mean, std = features.mean(axis=0), features.std(axis=0)
        varying = std > 0
        self.source, self.target = (
            ((rows - mean) / std)[:, varying] for rows in (features, material.means(target))
        )
        self.speakers = material.column("speaker", target)
        self._labels = material.labels(target)
        self._model: Any = LogisticRegression(max_iter=1000)
        self._model.fit(self.source, material.labels(source))

    def correct(self, target: Vector) -> NDArray[np.bool_]:
        """Return whether each item of the target is classified correctly by these features."""
        return np.asarray(self._model.predict(target) == self._labels)

    def adapt(
        self, target: Vector, settings: Settings, random: np.random.Generator
    ) -> dict[str, Vector]:
        """Return `target`, shape (items, width), by each method that trains no network."""
        return {
            UNCHANGED: target,
            CORAL: coral(target, self.source, settings.ridge),
            MIN_MMD: minimise_mmd(target, self.source, settings.max_items, random),
            **{method: match(target, self.source) for method, match in MARGINAL.items()},
        }

    def evaluate(
        self, adapted: Mapping[str, Vector], max_items: int, random: np.random.Generator
    ) -> dict[str, Outcome]:
        """Return the outcome of each adaptation method from the features that it adapted.

        MMD is measured on at most `max_items` items of each group.
        """
        target = adapted[UNCHANGED]
        # All methods use the same rows and the same kernel, so that their distances compare.
        source = sample_rows(self.source, max_items, random)
        rows = random.choice(len(target), min(len(target), max_items), replace=False)
        bandwidth = divergences.median_bandwidth(target[rows], source)
        return {
            method: Outcome(
                float(self.correct(adapted[method]).mean()),
                sqrt(
                    max(
                        0.0,
                        divergences.sample_mmd_squared(adapted[method][rows], source, bandwidth),
                    )
                ),
                float(divergences.sample_wasserstein(adapted[method], self.source, 1).mean()),
                self._divergence(adapted[method]),
            )
            for method in adapted
        }

    def _divergence(self, target: Vector) -> float:
        """Return the mean KL divergence of normal distributions fitted to features."""
        fits = [[Normal.fit(column) for column in rows.T] for rows in (target, self.source)]
        values = [divergences.kullback_leibler(p, q) for p, q in zip(*fits) if p.std > 0]
        return float(np.mean(values))
