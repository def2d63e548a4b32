"""The Gaussian classifier: densities equal to SciPy's, unknown classes never win."""

import numpy as np
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf

from resound.models import gaussian
from resound.training.loop import Examples, Training

SETTINGS = gaussian.Settings(kind="gaussian")


def examples() -> Examples:
    """Three classes of four, the third without items; two numbers of unlike scale."""
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 3], 40)
    inputs = random.normal(size=(120, 3)) @ random.normal(size=(3, 3)) + 3 * targets[:, None]
    return Examples({"train": inputs.astype(np.float32)}, {"train": targets}, 4)


def trained(of: Examples) -> gaussian.Gaussian:
    learner = gaussian.learner(SETTINGS, Training(optimizer="solver"), of, 0, "cpu")
    figures = learner.epoch(1)
    assert figures["accuracy"] > 0.9
    return learner


def test_scores_are_log_densities() -> None:
    of = examples()
    scores = trained(of).scores(of.inputs["train"])
    for number in (0, 1, 3):
        rows = of.inputs["train"][of.targets["train"] == number].astype(float)
        density = multivariate_normal(rows.mean(axis=0), ledoit_wolf(rows)[0])
        right = density.logpdf(of.inputs["train"].astype(float))
        np.testing.assert_allclose(scores[:, number], right, rtol=1e-4)


def test_a_class_never_seen_never_wins() -> None:
    of = examples()
    assert np.isneginf(trained(of).scores(of.inputs["train"])[:, 2]).all()


def test_weights_are_the_model() -> None:
    of = examples()
    learner, other = (
        trained(of),
        gaussian.learner(SETTINGS, Training(optimizer="solver"), of, 0, ""),
    )
    other.load_weights(learner.weights())
    inputs = of.inputs["train"]
    np.testing.assert_array_equal(other.scores(inputs), learner.scores(inputs))


def test_what_is_far_from_all_is_less_likely_than_any_item() -> None:
    of = examples()
    learner = trained(of)
    far = learner.scores(np.full((1, 3), 50, np.float32)).max()
    assert far < learner.scores(of.inputs["train"]).max(axis=1).min()
