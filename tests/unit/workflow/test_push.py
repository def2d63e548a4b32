"""Uploading models to a hub: a local server that answers as the Hugging Face hub does."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resound.errors import UserError
from resound.workflow.push import main, push
from tests.conftest import ROOT
from tests.helpers.site import Site, running, status

REPOSITORY = "someone/digits"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"README.md": b"---\nlicense: mit\n---\n# digits\n", "model.safetensors": bytes(100)}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A hub with an account whose token is known."""
    with running() as site:
        monkeypatch.setenv("HF_ENDPOINT", site.url(""))
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.delenv("RESOUND_OFFLINE", raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        address = site.url(f"/{REPOSITORY}")
        files = [
            {"path": name, "uploadMode": "regular", "shouldIgnore": False, "oid": None}
            for name in FILES
        ]
        api = f"/api/models/{REPOSITORY}"
        site.on("/api/repos/create", as_json({"url": address, "name": REPOSITORY, "id": "1"}))
        site.on("/api/validate-yaml", as_json({"errors": [], "warnings": []}))
        site.on(f"{api}/preupload/main", as_json({"files": files}))
        commit = {"commitOid": COMMIT, "commitUrl": f"{address}/commit/{COMMIT}", "success": True}
        site.on(f"{api}/commit/main", as_json(commit))
        yield site


def as_json(content: object, code: int = 200) -> Any:
    return status(code, json.dumps(content).encode(), Content_Type="application/json")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_model_is_uploaded_to_a_private_repository(hub: Site, model: Path) -> None:
    assert push(model, REPOSITORY) == hub.url(f"/{REPOSITORY}")
    sent = {path.split("?")[0]: body for (_, path, _), body in zip(hub.requests, hub.bodies)}
    created = json.loads(sent["/api/repos/create"])
    assert created["name"] == "digits"
    assert created.get("private") or created.get("visibility") == "private"
    lines = map(json.loads, sent[f"/api/models/{REPOSITORY}/commit/main"].splitlines())
    uploaded = {
        line["value"]["path"]: base64.b64decode(line["value"]["content"])
        for line in lines
        if line["key"] == "file"
    }
    assert uploaded == FILES
    assert "Bearer hf_secret" in hub.header("authorization")


def test_the_command_of_the_readme_uploads() -> None:
    command = "make push MODEL=results/models/digits_cnn/42 REPO=someone/digits"
    done = subprocess.run([*command.split(), "-n"], cwd=ROOT, capture_output=True, text=True)
    expected = '-m resound.workflow.push "results/models/digits_cnn/42" "someone/digits"'
    assert expected in done.stdout


@pytest.mark.parametrize(
    ("code", "message"),
    [(401, "does not know this account"), (403, "must not write to someone/digits")],
)
def test_an_account_without_access(hub: Site, model: Path, code: int, message: str) -> None:
    hub.on("/api/repos/create", status(code))
    with pytest.raises(UserError, match=message):
        push(model, REPOSITORY)


def test_what_cannot_be_uploaded(
    hub: Site, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="no model with a model card"):
        push(tmp_path / "nowhere", REPOSITORY)
    with pytest.raises(UserError, match="a b"):
        push(model, "a b")
    monkeypatch.setenv("RESOUND_OFFLINE", "1")
    with pytest.raises(UserError, match="unset it"):
        push(model, REPOSITORY)
    assert not hub.requests
    with pytest.raises(SystemExit, match="usage: make push"):
        main([str(model), ""])
