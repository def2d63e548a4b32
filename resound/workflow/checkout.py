"""The checkout of resound: where it is, and how jobs find its modules."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def put_on_path() -> None:
    """Let this process and all that it starts import `resound` from this checkout."""
    root = str(ROOT)
    if root not in sys.path:
        sys.path.insert(0, root)
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    others = [entry for entry in inherited if entry and entry != root]
    os.environ["PYTHONPATH"] = os.pathsep.join([root, *others])
