"""The digits experiments against their report, recomputed with librosa and numpy."""

from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import librosa
import numpy as np
import pytest
import scipy.stats

from resound.arrays import Array
from resound.config.load import load, read, shipped_files
from resound.config.schema import Config
from resound.features import mfcc
from resound.models import perceptron
from resound.models.perceptron import Perceptron, layer_sizes
from resound.training.inputs.arrangement import arrange
from resound.training.inputs.dense import dense_array
from tests.helpers.examples import examples_of, features_of

RATE_HZ = 16000
FLAT, MEAN = "mfcc12_deltas_32ms", "mfcc12_mean_32ms"
ONE_LAYER_BIPOLAR = ["digits_mlp1_bipolar_flat", "digits_mlp1_bipolar_mean"]
NAIVE = "digits_mlp2_bipolar_equal_naive"
TWO_LAYERS = [
    f"digits_mlp2_{activation}_{sizes}"
    for activation in ("bipolar", "relu")
    for sizes in ("equal", "two_thirds_half", "half_third")
]
CALLED_XAVIER = ["digits_mlp1_relu_flat", "digits_mlp1_relu_mean", *TWO_LAYERS]
REPORTED = [*ONE_LAYER_BIPOLAR, NAIVE, *CALLED_XAVIER]
SIZES = {
    "digits_mlp1": [12, 11, 10],
    "equal": [12, 11, 11, 10],
    "two_thirds_half": [12, 8, 6, 10],
    "half_third": [12, 6, 4, 10],
}


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load(read(shipped_files()), shipped_files())


def make_clips(*seconds: float) -> list[Array]:
    random = np.random.default_rng(0)
    clips = [0.1 * random.standard_normal(round(length * RATE_HZ)) for length in seconds]
    return [(clip * np.linspace(0.1, 1, len(clip))).astype(np.float32) for clip in clips]


def cepstra(clip: Array) -> Array:
    """Return the coefficients of the report's call, which leaves the hop to librosa."""
    n_fft = int(0.025 * RATE_HZ)
    found: Array = librosa.feature.mfcc(y=clip, sr=RATE_HZ, n_mfcc=12, n_fft=n_fft, n_mels=24)
    return found


def with_deltas(clip: Array) -> Array:
    """Return coefficients and both orders of deltas, shape (36, frames)."""
    base = cepstra(clip)
    return np.concatenate([base, librosa.feature.delta(base), librosa.feature.delta(base, order=2)])


def extracted(config: Config, features: str, clips: list[Array]) -> list[Array]:
    """Return the rows of each clip by a shipped feature configuration."""
    settings = config.features[features]
    assert isinstance(settings, mfcc.Settings)
    counts = [settings.rows(len(clip)) for clip in clips]
    return np.split(mfcc.extract(settings, clips), np.cumsum(counts)[:-1])


def test_features_are_those_of_librosa_without_a_hop(shipped: Config) -> None:
    clips = make_clips(0.256, 0.6, 0.81)
    pairs = zip(clips, extracted(shipped, FLAT, clips), extracted(shipped, MEAN, clips))
    for clip, frames, mean in pairs:
        np.testing.assert_allclose(frames, with_deltas(clip).T, rtol=0, atol=2e-3)
        np.testing.assert_allclose(mean[0], cepstra(clip).mean(axis=1), rtol=0, atol=2e-3)


def test_the_shortest_accepted_clip_is_the_shortest_that_librosa_accepts(shipped: Config) -> None:
    seconds = shipped.corpora["digits"].min_seconds
    (shortest,) = make_clips(seconds)
    assert with_deltas(shortest).shape == (36, 9)
    with pytest.raises(Exception, match="width=9"):
        with_deltas(shortest[:-1])


def test_all_reported_arms_have_the_hop_of_librosa_and_corrected_ones_10_ms(
    shipped: Config,
) -> None:
    experiments = shipped.classifications()
    assert len(REPORTED) == 11
    for name in REPORTED:
        features = experiments[name].features
        assert features == (FLAT if name.endswith("flat") else MEAN)
        assert experiments[f"{name}_corrected"].features == features.removesuffix("_32ms")
    for name, hop in ((FLAT, 512), (MEAN, 512), ("mfcc12_deltas", 160), ("mfcc12_mean", 160)):
        settings = shipped.features[name]
        assert isinstance(settings, mfcc.Settings) and settings.hop == hop


def test_vectors_of_the_report_have_a_third_of_the_length_at_10_ms(shipped: Config) -> None:
    settings = [shipped.features[name] for name in (FLAT, "mfcc12_deltas")]
    short, long = (own.rows(RATE_HZ) * own.width for own in settings)  # type: ignore[union-attr]
    assert (short, long) == (32 * 36, 101 * 36)


def test_input_is_that_of_the_report(shipped: Config) -> None:
    """Flattened, padded to the longest clip of all, each part standardised column by column."""
    clips = make_clips(0.3, 0.4, 0.5, 0.34, 0.3, 0.46)
    vectors = [with_deltas(clip).ravel() for clip in clips]
    longest = max(map(len, vectors))
    matrix = np.stack([np.pad(vector, (0, longest - len(vector))) for vector in vectors])
    parts = {"train": np.array([0, 1, 2]), "test": np.array([3, 4, 5])}
    features = features_of(extracted(shipped, FLAT, clips))
    for name, standardised in (
        ("digits_mlp1_relu_flat", True),
        ("digits_mlp1_relu_flat_raw", False),
    ):
        inputs = arrange(features, parts, shipped.classifications()[name].input)
        for part, items in parts.items():
            expected = matrix[items].astype(float)
            if standardised:
                deviation = expected.std(axis=0)
                assert (deviation == 0).any() == (part == "test")  # it has no longest clip
                expected = (expected - expected.mean(axis=0)) / np.where(deviation, deviation, 1)
            # Deviations over three clips may be small, and enlarge rounding errors.
            np.testing.assert_allclose(dense_array(inputs[part]), expected, rtol=0, atol=0.02)


def initial(config: Config, name: str, inputs: int, seed: int = 0) -> Perceptron:
    """Return the untrained network of an experiment for `inputs` elements, and its data."""
    experiment = config.classifications()[name]
    rows = np.random.default_rng(1).standard_normal((40, inputs)).astype(np.float32)
    examples = examples_of({"train": rows}, {"train": np.arange(40) % 10}, 10)
    model: Perceptron = perceptron.learner(
        experiment.model, experiment.train, examples, seed, "cpu"
    )
    return model


@pytest.mark.parametrize("name", REPORTED)
def test_initial_weights_are_those_of_the_report(shipped: Config, name: str) -> None:
    """Standard normal, or times sqrt(1 / inputs): pooled over seeds, as layers are small."""
    networks = [initial(shipped, name, 12, seed) for seed in range(20)]
    for n, (below, units) in enumerate(pairwise(sizes_of(name))):
        values = np.concatenate([network.layers[n].ravel() for network in networks])
        assert networks[0].layers[n].shape == (units, below)
        scale = below**-0.5 if name in CALLED_XAVIER else 1.0
        assert values.std() == pytest.approx(scale, rel=5 / np.sqrt(2 * values.size))
        assert scipy.stats.kstest(values / scale, "norm").pvalue > 1e-3
        biases = np.concatenate([network.biases[n] for network in networks])
        if name in ONE_LAYER_BIPOLAR:
            assert scipy.stats.kstest(biases, "norm").pvalue > 1e-3
        else:
            assert not biases.any()


def sizes_of(name: str) -> list[int]:
    """Return the units of each layer for twelve means, by hand."""
    return next(sizes for key, sizes in SIZES.items() if key in name)


def items_of(model: Perceptron, number: int) -> list[bytes]:
    """Return the training items of an epoch in the order of their steps."""
    items: list[bytes] = []

    def step(sample: Array, target: Array) -> Array:
        items.append(sample.tobytes())
        return target

    model.step = step  # type: ignore[method-assign]
    model.epoch(number)
    return items


@pytest.mark.parametrize("name", REPORTED)
def test_only_corrected_arms_shuffle_in_each_epoch(shipped: Config, name: str) -> None:
    for arm, same in ((name, True), (f"{name}_corrected", False)):
        first, second = (items_of(initial(shipped, arm, 12), epoch) for epoch in (1, 2))
        assert (first == second) is same
        assert sorted(first) == sorted(second)


@pytest.mark.parametrize("name", REPORTED)
def test_corrected_arms_remove_what_the_report_did_wrong(shipped: Config, name: str) -> None:
    own, corrected = (shipped.classifications()[arm] for arm in (name, f"{name}_corrected"))
    assert (own.split, corrected.split) == ("random_80_20", "speakers_80_20")
    assert (own.model.derivative, corrected.model.derivative) == ("activation", "pre_activation")
    assert own.input.standardise in ("none", "each_part")
    assert (
        corrected.input.standardise == {"none": "none", "each_part": "train"}[own.input.standardise]
    )
    assert corrected.input.arrange != "flatten_then_pad"
    assert replace(own.train, record_test=False) == corrected.train
    weights = {"normal": "normal", "lecun": "xavier"}
    assert corrected.model.weights == weights[own.model.weights]
    assert layer_sizes(corrected.model.hidden, 12, 10) == sizes_of(name)


def differences(config: Config, variant: str) -> dict[str, Any]:
    """Return the settings, `section.key`, in which a variant is not as its base, and its values."""
    own = config.classifications()[variant]
    base = config.classifications()[own.variant_of or ""]
    pairs = {"features": (own.features, base.features), "split": (own.split, base.split)}
    for section in ("input", "model", "train"):
        first, second = (asdict(getattr(one, section)) for one in (own, base))
        assert first.keys() == second.keys()
        pairs |= {f"{section}.{key}": (value, second[key]) for key, value in first.items()}
    return {key: mine for key, (mine, other) in pairs.items() if mine != other}


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (
            "digits_mlp1_relu_flat_raw",
            {"input.standardise": "none", "input.standardise_by": "all"},
        ),
        ("digits_mlp1_relu_flat_10ms", {"features": "mfcc12_deltas"}),
        ("digits_mlp1_relu_stats", {"features": "mfcc12_stats"}),
        ("digits_mlp1_relu_pca", {"input.components": 50}),
        ("digits_gru", {"model.cell": "gru"}),
    ],
)
def test_variants_differ_from_their_base_in_one_respect(
    shipped: Config, variant: str, expected: dict[str, Any]
) -> None:
    assert differences(shipped, variant) == expected


def test_what_the_report_proposes_is_compared_under_the_corrected_protocol(
    shipped: Config,
) -> None:
    experiments = shipped.classifications()
    kinds = {"stats": "perceptron", "pca": "perceptron"}
    names = {f"digits_mlp1_relu_{name}": kind for name, kind in kinds.items()}
    names |= {"digits_lstm": "lstm", "digits_gru": "lstm", "digits_cnn_mlp": "cnn"}
    for name, kind in names.items():
        experiment = experiments[name]
        assert (experiment.model.kind, experiment.reported) == (kind, None)
        assert (experiment.split.split("_")[0], experiment.input.standardise) == (
            "speakers",
            "train",
        )
    assert experiments["digits_cnn_mlp"].model.hidden


def test_statistics_are_mean_variance_median_least_and_greatest(shipped: Config) -> None:
    clips = make_clips(0.3, 0.7)
    for clip, (row,) in zip(clips, extracted(shipped, "mfcc12_stats", clips), strict=True):
        base = librosa.feature.mfcc(
            y=clip, sr=RATE_HZ, n_mfcc=12, n_fft=400, hop_length=160, n_mels=24
        ).astype(float)
        functions = (np.mean, np.var, np.median, np.min, np.max)
        expected = np.concatenate([function(base, axis=1) for function in functions])
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("name", [name for name in REPORTED if name != NAIVE])
def test_reported_recalls_agree_with_the_reported_accuracy(shipped: Config, name: str) -> None:
    """Each class has a tenth of the corpus, so the mean recall is close to the accuracy."""
    reported = shipped.classifications()[name].reported
    assert reported and reported.per_class and reported.test_accuracy
    assert len(reported.per_class) == 10
    assert np.mean(reported.per_class) == pytest.approx(reported.test_accuracy, abs=0.02)


def test_the_naive_run_is_reported_by_epoch(shipped: Config) -> None:
    reported = shipped.classifications()[NAIVE].reported
    assert reported and reported.train_accuracy_by_epoch == [0.0983, 0.0970, 0.0965]
    assert reported.train_accuracy is None and reported.test_accuracy is None
