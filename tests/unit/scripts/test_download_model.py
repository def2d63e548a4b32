"""Pretrained models: from a folder, from the hub's cache without a network, or a helpful error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resound.models.common.pretrained import folder_of
from resound.models.encoder.backbone import open_encoder
from resound.models.whisper.model import Recogniser
from scripts import download_model
from tests.helpers.encoders import hubert
from tests.helpers.whisper import save_untrained

ROOT = Path(__file__).resolve().parents[3]
REVISION = "0123456789abcdef0123456789abcdef01234567"


def from_hub(home: Path, revision: str = REVISION) -> subprocess.CompletedProcess[str]:
    """Ask for a model in a process whose cache is `home` and that may not fetch."""
    code = f"from scripts.download_model import from_hub; print(from_hub('some/whisper', '{revision}'))"
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_from_the_cache(tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--some--whisper" / "snapshots" / REVISION
    save_untrained(snapshot)
    done = from_hub(tmp_path)
    assert done.stdout.strip() == str(snapshot), done.stderr
    assert Recogniser(snapshot).languages[0]


def test_what_the_cache_lacks_is_told_with_ways_out(tmp_path: Path) -> None:
    said = from_hub(tmp_path).stderr.splitlines()[-1]
    assert said.startswith(f"resound.errors.UserError: some/whisper at revision {REVISION}")
    assert f"hf download some/whisper --revision {REVISION}" in said and "HF_HOME" in said


def test_a_local_copy_is_used_where_it_lies(tmp_path: Path) -> None:
    folder = save_untrained(tmp_path / "whisper")
    model = {"hub": "some/whisper", "revision": REVISION, "folder": str(folder)}
    manifest = tmp_path / "source.json"
    download_model.main(json.dumps({"pretrained": model}), manifest, lambda line: None)
    assert folder_of({"source": str(manifest)}) == folder
    assert folder_of({"source": "none", "tuned": "run/model/model.safetensors"}) == Path(
        "run/model"
    )


def test_a_stand_in_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    demo_model = {
        "kind": "whisper",
        "features": "any",
        "practice": {"fa": 6, "zh": 5, "en": 5},
        "width": 16,
        "heads": 2,
        "layers": 1,
        "warm_up": 2,
        "steps": 2,
        "batch_size": 4,
    }
    configuration = {"kind": "whisper", "mels": 20, "hop_ms": 20, "window_s": 3}
    config = json.dumps({"demo_model": demo_model, "configuration": configuration})
    for name in ("one", "two"):
        download_model.main(config, tmp_path / name / "source.json", lambda line: None)
    files = sorted(path.name for path in (tmp_path / "one" / "demo_model").iterdir())
    assert "model.safetensors" in files and "tokenizer.json" in files
    for name in files:
        one, two = (tmp_path / run / "demo_model" / name for run in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name
    recogniser = Recogniser(tmp_path / "one" / "demo_model")
    assert recogniser.configuration.mels == 20 and {"fa", "zh", "en"} <= set(recogniser.languages)


def test_an_older_model_of_other_files_is_found_and_opens(tmp_path: Path) -> None:
    """As facebook/hubert-base-ls960 has it: weights by torch, under the names of its time."""
    import torch
    from safetensors.torch import load_file

    snapshot = hubert(tmp_path / "hub" / "models--some--whisper" / "snapshots" / REVISION)
    weights = load_file(snapshot / "model.safetensors")
    (snapshot / "model.safetensors").unlink()
    older = {"parametrizations.weight.original0": "weight_g"}
    older["parametrizations.weight.original1"] = "weight_v"
    for new, old in older.items():
        name = f"encoder.pos_conv_embed.conv.{new}"
        weights[name.replace(new, old)] = weights.pop(name)
    torch.save(weights, snapshot / "pytorch_model.bin")
    done = from_hub(tmp_path)
    assert done.stdout.strip() == str(snapshot), done.stderr
    opened = open_encoder(snapshot).state_dict()
    for name, tensor in weights.items():
        for new, old in older.items():
            name = name.replace(old, new)
        torch.testing.assert_close(opened[name], tensor)
