"""Only the stages that download may use the network; they run on the user's machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOWNLOADING = {"download_corpus", "download_model"}
JOB = """
import os, sys
from types import SimpleNamespace
sys.modules["__main__"].snakemake = SimpleNamespace(rule={rule!r}, wildcards=[], log=[{log!r}])
from resound.runtime.stage import stage
with stage({arguments}):
    print(os.environ.get("HF_HUB_OFFLINE"), os.environ.get("RESOUND_OFFLINE"))
    import huggingface_hub.constants
    print(huggingface_hub.constants.HF_HUB_OFFLINE)
"""


@pytest.mark.parametrize("rule", ["train", "download_model", "imported_download_model"])
@pytest.mark.parametrize(
    ("arguments", "output"), [("", "1 1\nTrue\n"), ("network=True", "None None\nFalse\n")]
)
def test_the_script_decides_on_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, arguments: str, output: str
) -> None:
    for name in ("HF_HUB_OFFLINE", "RESOUND_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    code = JOB.format(rule=rule, log=str(tmp_path / "log"), arguments=arguments)
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert (tmp_path / "log").read_text() == output


def scripts_matching(pattern: str) -> set[str]:
    scripts = {path.stem: path.read_text() for path in (ROOT / "scripts").glob("*.py")}
    return {name for name, text in scripts.items() if re.search(pattern, text)}


def test_only_downloads_use_the_network() -> None:
    assert scripts_matching(r"stage\(network=True\)") == DOWNLOADING
    assert scripts_matching(r"network=") == DOWNLOADING


def test_nothing_else_imports_what_downloads() -> None:
    downloads = r"downloads\.fetch|fetch_model|snapshot_download|import requests|import gdown"
    assert scripts_matching(downloads) == DOWNLOADING


def test_downloads_of_real_data_are_local_rules() -> None:
    rules = (ROOT / "rules/download.smk").read_text()
    assert re.search(r'^NEEDS_NETWORK = CONFIG\.data == "real"$', rules, re.MULTILINE)
    local = re.findall(
        r"^rule (\w+):(?:\n+ .*)*?\n    localrule: NEEDS_NETWORK$", rules, re.MULTILINE
    )
    assert set(local) == DOWNLOADING
