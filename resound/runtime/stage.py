"""Run a stage: all output goes to its log, progress and errors also to the terminal."""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resound.errors import UserError
from resound.runtime.progress import Progress

# Many jobs share a terminal, so each prints its progress at most this often.
_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def stage(network: bool = False) -> Iterator[tuple[Any, Progress]]:
    """Run the stage of the current Snakemake script; yields its job and a function for progress.

    The job is the object `snakemake` that Snakemake gives to a script. Whatever is printed or
    warned, also by libraries and worker processes, goes to the job's log. A UserError is shown as
    its message; any other exception leaves its traceback in the log and one line on the terminal.
    Both end the process with status 1.

    Only a stage with `network` may use the network: others might run on a node of a cluster that
    has none, where each connection would wait for its time-out.
    """
    job = sys.modules["__main__"].snakemake
    if not network:
        os.environ |= {"HF_HUB_OFFLINE": "1", "RESOUND_OFFLINE": "1"}
    path = Path(job.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    title = " ".join([job.rule, *map(str, job.wildcards)])
    with path.open("w", encoding="utf-8") as log, os.fdopen(os.dup(2), "w") as terminal:
        # Redirect the file descriptors, because C libraries and worker processes write to these.
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


def optional_input(inputs: Any, name: str) -> Path | None:
    """Return an input that only some jobs of a rule have, or None."""
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
