"""Evaluation does not need the library that trained the models."""

import pkgutil
import subprocess
import sys
from pathlib import Path

from resound import metrics

ROOT = Path(__file__).resolve().parents[3]


def test_metrics_do_not_import_torch() -> None:
    modules = [
        f"resound.metrics.{module.name}" for module in pkgutil.iter_modules(metrics.__path__)
    ]
    assert len(modules) > 5
    program = f"import sys, {', '.join(modules)}; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
