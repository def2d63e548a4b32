"""Pretrained models: from a folder, from the hub's cache while offline, or a helpful error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resound.models.common.hub import model_folder
from resound.models.encoder.backbone import open_encoder
from resound.models.whisper.model import Recogniser
from scripts import download_model
from tests.helpers.encoders import save_hubert
from tests.helpers.whisper import save_untrained

ROOT = Path(__file__).resolve().parents[3]
REVISION = "0123456789abcdef0123456789abcdef01234567"


def fetch_offline(home: Path, revision: str = REVISION) -> subprocess.CompletedProcess[str]:
    """Fetch a model in a process whose cache is `home` and that may not download."""
    code = (
        "from resound.models.common.hub import fetch_model;"
        f"print(fetch_model('some/whisper', '{revision}'))"
    )
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_from_the_cache(tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--some--whisper" / "snapshots" / REVISION
    save_untrained(snapshot)
    done = fetch_offline(tmp_path)
    assert done.stdout.strip() == str(snapshot), done.stderr
    assert Recogniser(snapshot).languages[0]


def test_a_model_missing_in_the_cache_is_an_error_with_advice(tmp_path: Path) -> None:
    message = fetch_offline(tmp_path).stderr.splitlines()[-1]
    assert message.startswith(f"resound.errors.UserError: some/whisper at revision {REVISION}")
    assert f"hf download some/whisper --revision {REVISION}" in message and "HF_HOME" in message


def test_a_local_copy_is_used_in_place(tmp_path: Path) -> None:
    folder = save_untrained(tmp_path / "whisper")
    model = {"hub": "some/whisper", "revision": REVISION, "folder": str(folder)}
    manifest = tmp_path / "source.json"
    download_model.main(json.dumps({"pretrained": model}), manifest, lambda line: None)
    assert model_folder({"pretrained": str(manifest)}) == folder
    assert model_folder({"pretrained": "none", "tuned": "run/model/model.safetensors"}) == Path(
        "run/model"
    )


def test_a_demo_model_is_reproducible(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader")
    demo_model = {
        "kind": "whisper",
        "features": "any",
        "sentences": {"fa": 6, "zh": 5, "en": 5},
        "width": 16,
        "heads": 2,
        "layers": 1,
        "ctc_steps": 2,
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


def test_an_older_model_without_safetensors_is_found_and_opens(tmp_path: Path) -> None:
    """Like facebook/hubert-base-ls960: weights saved by torch, under older parameter names."""
    import torch
    from safetensors.torch import load_file

    snapshot = save_hubert(tmp_path / "hub" / "models--some--whisper" / "snapshots" / REVISION)
    weights = load_file(snapshot / "model.safetensors")
    (snapshot / "model.safetensors").unlink()
    older = {"parametrizations.weight.original0": "weight_g"}
    older["parametrizations.weight.original1"] = "weight_v"
    for new, old in older.items():
        name = f"encoder.pos_conv_embed.conv.{new}"
        weights[name.replace(new, old)] = weights.pop(name)
    torch.save(weights, snapshot / "pytorch_model.bin")
    done = fetch_offline(tmp_path)
    assert done.stdout.strip() == str(snapshot), done.stderr
    opened = open_encoder(snapshot).state_dict()
    for name, tensor in weights.items():
        for new, old in older.items():
            name = name.replace(old, new)
        torch.testing.assert_close(opened[name], tensor)
