"""This checkout of resound: where it lies, which commit it is, how jobs find its modules."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def put_on_path() -> None:
    """Let this process and all that it starts import `scripts.lib` from this checkout."""
    root = str(ROOT)
    if root not in sys.path:
        sys.path.insert(0, root)
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    others = [entry for entry in inherited if entry and entry != root]
    os.environ["PYTHONPATH"] = os.pathsep.join([root, *others])


def commit() -> str:
    """The checkout's commit, `+` where it has changes; empty outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    described = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip()
