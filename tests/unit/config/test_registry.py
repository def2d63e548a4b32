"""The registry of kinds: planning imports it, so it must be light."""

import subprocess
import sys

from resound.config.load import ROOT

HEAVY = "scipy torch sklearn librosa matplotlib pandas transformers optuna".split()


def test_importing_all_kinds_imports_no_heavy_package() -> None:
    program = "import sys, resound.config.registry; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
