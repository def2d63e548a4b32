"""What reaches for the network does so where the user is; all other jobs do without."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resound.runtime import stage

ROOT = Path(__file__).resolve().parents[3]
JOB = """
import os, sys
from types import SimpleNamespace
sys.modules["__main__"].snakemake = SimpleNamespace(rule={rule!r}, wildcards=[], log=[{log!r}])
from resound.runtime.stage import stage
with stage():
    print(os.environ.get("HF_HUB_OFFLINE"), os.environ.get("RESOUND_OFFLINE"))
    import huggingface_hub.constants
    print(huggingface_hub.constants.HF_HUB_OFFLINE)
"""


@pytest.mark.parametrize(
    ("rule", "said"), [("train", "1 1\nTrue\n"), ("bring", "None None\nFalse\n")]
)
def test_jobs_do_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, said: str
) -> None:
    for name in ("HF_HUB_OFFLINE", "RESOUND_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    code = JOB.format(rule=rule, log=str(tmp_path / "log"))
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert (tmp_path / "log").read_text() == said


def test_what_reaches_out_are_local_rules_of_real_data() -> None:
    rules = (ROOT / "rules/download.smk").read_text()
    (local,) = re.findall(r"localrules:\n((?: +\w+,\n)+)", rules)
    assert set(stage._REACH_OUT) <= {name.strip(" ,") for name in local.splitlines()}


def test_nothing_else_imports_what_downloads() -> None:
    stages = {path.stem for path in (ROOT / "scripts").glob("*.py")} - {"__init__"}
    reaching = re.compile(r"downloads\.fetch|snapshot_download|import requests|import gdown")
    found = {name for name in stages if reaching.search((ROOT / f"scripts/{name}.py").read_text())}
    assert found == set(stage._REACH_OUT)
