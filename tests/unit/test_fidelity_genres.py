"""The genres experiments against their reports: sizes, comparisons, reported figures, lists."""

import pytest

from resound.config.load import ROOT, load, read, shipped_files
from resound.config.schema import Config
from resound.models.common.recurrent import Recurrent


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load(read(shipped_files()), shipped_files())


def trained_parameters(config: Config, name: str) -> int:
    model = config.classifications()[name].model
    network = Recurrent(1, model.layers, model.bidirectional, model.head, model.dropout, 10)
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    "name", ["genres_lstm_2x64_mean", "genres_lstm_1x128_mean", "genres_bilstm_2x64_mean"]
)
def test_networks_have_the_reported_parameters(shipped: Config, name: str) -> None:
    reported = shipped.classifications()[name].reported
    assert reported and reported.parameters == trained_parameters(shipped, name)


def test_one_layer_of_128_has_more_parameters_than_two_of_64(shipped: Config) -> None:
    note = shipped.classifications()["genres_lstm_1x128_mean"].note
    counts = [trained_parameters(shipped, f"genres_lstm_{n}_mean") for n in ("1x128", "2x64")]
    assert counts == [75_466, 54_730]
    assert all(f"{count:,}" in note for count in counts)


@pytest.mark.parametrize(
    ("variant", "base", "setting"),
    [
        ("genres_lstm_1x128_mean", "genres_lstm_2x64_mean", "layers"),
        ("genres_bilstm_2x64_mean", "genres_lstm_2x64_mean", "bidirectional"),
        ("genres_lstm_1x128", "genres_lstm_2x64", "layers"),
        ("genres_bilstm_2x64", "genres_lstm_2x64", "bidirectional"),
        ("genres_bilstm_1x128", "genres_lstm_1x128", "bidirectional"),
    ],
)
@pytest.mark.parametrize("arm", ["", "_corrected"])
def test_conclusions_are_compared_in_one_setting(
    shipped: Config, variant: str, base: str, setting: str, arm: str
) -> None:
    experiments = shipped.classifications()
    one, other = experiments[variant + arm], experiments[base + arm]
    assert one.variant_of == base + arm
    assert (one.features, one.split, one.input, one.train) == (
        other.features,
        other.split,
        other.input,
        other.train,
    )
    different = {key for key, value in vars(one.model).items() if value != vars(other.model)[key]}
    assert different == {setting}


def test_reported_figures(shipped: Config) -> None:
    experiments = shipped.classifications()
    cnn = experiments["genres_cnn"].reported
    assert cnn and (cnn.train_accuracy, cnn.macro_f1, cnn.weighted_f1, cnn.test_loss) == (
        1.0,
        0.68,
        0.68,
        1.1232,
    )
    assert cnn.per_class == [0.52, 0.90, 0.83, 0.61, 0.73, 0.61, 1.0, 0.83, 0.68, 0.37]
    # 200 test items of ten classes of similar size: the mean recall is near the accuracy.
    assert sum(cnn.per_class) / 10 == pytest.approx(0.68, abs=0.05)
    names = ["lstm_2x64", "lstm_1x128", "bilstm_2x64", "bilstm_1x128"]
    reports = [experiments[f"genres_{name}"].reported for name in names]
    losses = [report and report.test_loss for report in reports]
    assert losses == [1.8318, 1.6996, 1.8226, 1.7337]


def test_the_proposed_network_differs_from_its_base_in_the_model_only(shipped: Config) -> None:
    own = shipped.classifications()["genres_cnn_lstm"]
    base = shipped.classifications()["genres_crops"]
    assert own.variant_of == "genres_crops" and own.model.kind == "cnn_lstm"
    assert (own.features, own.split, own.input) == (base.features, base.split, base.input)
    assert own.reported is None and own.note


def test_the_fault_filtered_overlay_adds_a_third_arm(shipped: Config) -> None:
    files = [*shipped_files(), ROOT / "config" / "genres_fault_filtered.yaml"]
    config = load(read(files), files)
    split = config.splits["fault_filtered"]
    assert split.kind == "listed" and split.files and split.has_validation
    added = config.classifications().keys() - shipped.classifications().keys()
    assert added and all(name.endswith("_filtered") for name in added)
    assert all(config.classifications()[name].split == "fault_filtered" for name in added)
