"""The examples of the documentation are configurations that load."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from resound.config.experiments import Classification, Recognition
from resound.config.load import ROOT, load, shipped_files
from resound.config.merging import merge_changes
from resound.config.schema import Config

README, GUIDE = ROOT / "README.md", ROOT / "config" / "README.md"


def examples(path: Path) -> list[str]:
    """Return the YAML of a page."""
    return re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


def configured(tmp_path: Path, *texts: str) -> Config:
    """Return the shipped configuration with examples as overlays."""
    overlay: dict[str, object] = {}
    for text in texts:
        overlay = merge_changes(overlay, yaml.safe_load(text))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(overlay))
    return load(overlay, [path], shipped_files())


@pytest.mark.parametrize("text", examples(README), ids=lambda text: text.split(":")[0])
def test_example_of_the_readme_loads(text: str, tmp_path: Path) -> None:
    configured(tmp_path, text)


def test_examples_of_overlays_do_what_the_guide_says(tmp_path: Path) -> None:
    config = configured(tmp_path, examples(GUIDE)[0], "data: real")
    assert (config.corpora["genres"].demo, len(config.corpora["genres"].sources)) == (None, 1)
    epochs = {name: e.train.epochs for name, e in config.experiments.items() if e.train}
    assert epochs["genres_cnn"] == epochs["genres_cnn_corrected"] == 50
    assert (epochs["digits_cnn"], epochs["digits_cnn_corrected"]) == (15, 5)
    assert "digits_mlp_as_large" not in config.experiments


def test_examples_of_experiments_do_what_the_guide_says(tmp_path: Path) -> None:
    config = configured(tmp_path, *examples(GUIDE)[1:])
    tones = [name for name in config.experiments if name.startswith("tones")]
    sizes = [f"hidden_{size}_learning_rate_{rate}" for size in ("16", "64x32")
             for rate in ("0_001", "0_01")]  # fmt: skip
    assert tones == [
        "tones_mlp", "tones_mlp_corrected", "tones_wide", "tones_wide_corrected", "tones_linear",
        *(f"tones_sizes_{size}" for size in sizes),
    ]  # fmt: skip
    for name in sizes:
        assert f"tones_sizes_{name}" in GUIDE.read_text()
    made = config.classifications()
    assert made["tones_wide_corrected"].split == "speakers_80_20"
    assert made["tones_wide_corrected"].input.standardise == "train"
    assert made["tones_linear"].model.kind == "linear"


def test_guide_names_every_key_of_an_experiment() -> None:
    text = GUIDE.read_text()
    for field in [*fields(Classification), *fields(Recognition)]:
        assert f"| `{field.name}` |" in text, field.name


def test_guide_names_every_file() -> None:
    text = GUIDE.read_text()
    for path in [*shipped_files(), *(ROOT / "config").iterdir()]:
        if path.parent.name != "experiments" and path.suffix and path != GUIDE:
            assert path.name in text, path.name
