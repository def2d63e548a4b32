"""Where a stage's words go: all to its log, progress and errors to the terminal too."""

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resound.errors import UserError

# A terminal shared by many jobs hears of each at most so often.
_SECONDS_BETWEEN_LINES = 5.0

# What reaches for the network; all else must do without, wherever it runs.
_REACH_OUT = ("bring", "provide")

Progress = Callable[[str], None]


@contextmanager
def stage() -> Iterator[tuple[Any, Progress]]:
    """Run the stage that Snakemake's script is; yields its job and what tells of its progress.

    The job is the object `snakemake` that Snakemake gives to a script. Whatever is printed or
    warned, by libraries and worker processes too, goes to the job's log. A UserError is shown as
    its message; any other exception leaves its traceback in the log and one line on the terminal.
    Either ends the process with status 1.
    """
    job = sys.modules["__main__"].snakemake
    if job.rule not in _REACH_OUT:
        # On a node of a cluster there may be no network, and waiting for it would cost hours.
        os.environ |= {"HF_HUB_OFFLINE": "1", "RESOUND_OFFLINE": "1"}
    path = Path(job.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    title = " ".join([job.rule, *map(str, job.wildcards)])
    with path.open("w", encoding="utf-8") as log, os.fdopen(os.dup(2), "w") as terminal:
        # The descriptors themselves: C libraries and worker processes write to these.
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield job, _progress(title, terminal)
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            print(f"{title}: {error}", file=terminal)
            raise SystemExit(1) from None
        except Exception as error:
            traceback.print_exc()
            print(f"{title}: {type(error).__name__}: {error} (traceback: {path})", file=terminal)
            raise SystemExit(1) from None
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def given(inputs: Any, name: str) -> Path | None:
    """A job's input that only some jobs of its rule have."""
    path = inputs.get(name)
    return Path(path) if path else None


def _progress(title: str, terminal: Any) -> Progress:
    last = time.monotonic()

    def progress(line: str) -> None:
        nonlocal last
        print(line, flush=True)
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{title}: {line}", file=terminal, flush=True)

    return progress
