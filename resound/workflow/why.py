"""Which setting or module made a job stale: `python -m resound.workflow.why [targets and options]`.

It asks Snakemake for a dry run (with the same targets and options, such as `--configfile`) and
prints the jobs by their reasons. Where a job's parameters changed, Snakemake knows the recorded and
the present ones only as whole strings: here they are compared setting by setting and module by
module.
"""

import io
import json
import re
import subprocess
import sys
import tokenize
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_JOB = re.compile(r"^Job \d+: (.*)\nReason: (.*)$", re.MULTILINE)
_PARAMS = re.compile(r"Params have changed since last execution: .*? across all output: ")
_UPDATED = "Input files updated by another job"
_LONGEST = 80
_ABSENT = object()
# In the order in which causes are printed.
_MODULE, _SETTING, _VERSION = "1 module", "2 setting", "3 version"


def main(arguments: list[str]) -> int:
    """Print the jobs of a dry run by what made them stale; return Snakemake's exit status."""
    # `--quiet` takes several words: what follows it must not be a target.
    command = [sys.executable, "-m", "snakemake", "--quiet", "host", "--dry-run", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, end="", file=sys.stderr)
    else:
        print("\n".join(summary(_JOB.findall(done.stdout))))
    return done.returncode


def summary(jobs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines that explain jobs, each a message and a reason, grouped by their causes."""
    by_causes: dict[tuple[str, ...], list[str]] = {}
    for message, reason in jobs:
        by_causes.setdefault(tuple(causes(reason)), []).append(message)
    below = by_causes.pop((), [])
    lines = []
    for group, messages in sorted(by_causes.items()):
        lines += [*group, *(f"    {message}" for message in sorted(messages))]
    if below:
        lines.append(f"{len(below)} more {'job uses' if len(below) == 1 else 'jobs use'} these")
    return lines or ["Nothing is stale."]


def causes(reason: str) -> list[str]:
    """Return a line for each cause in the reason of a job, as Snakemake words it.

    That other jobs update its input is no cause of its own.
    """
    match = _PARAMS.search(reason)
    before, now = _values(reason[match.end() :]) if match else ([], [])
    clauses = (reason[: match.start()] if match else reason).split("; ")
    others = [_shortened(clause) for clause in clauses if clause and _UPDATED not in clause]
    return [*others, *_changes(before, now)]


def _shortened(clause: str) -> str:
    return "the output is missing" if clause.startswith("Missing output files") else clause


def _changes(before: list[str], now: list[str]) -> Iterator[str]:
    """What differs between the parameters that only the recorded and only the present job has."""
    old, new = _flat(before), _flat(now)
    for kind, name in sorted(old.keys() | new.keys()):
        values = old.get((kind, name), _ABSENT), new.get((kind, name), _ABSENT)
        if values[0] != values[1]:
            yield _change(kind, name, *values)


def _change(kind: str, name: str, old: Any, new: Any) -> str:
    if kind == _SETTING:
        return f"{name}: {_shown(old)} -> {_shown(new)}"
    if kind == _VERSION:
        return "the recordings changed"
    if old is _ABSENT:
        return f"{name} is new"
    return f"{name} is no longer used" if new is _ABSENT else f"{name} changed"


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "(none)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _flat(params: list[str]) -> dict[tuple[str, str], Any]:
    """The parameters of a job, one by one: by module, by dotted setting, or as a version."""
    flat: dict[tuple[str, str], Any] = {}
    for text in params:
        if text.startswith("{"):
            flat |= {(_SETTING, key): value for key, value in _leaves(json.loads(text))}
        elif " " in text:
            lines = (line.split(" ") for line in text.split("\n"))
            flat |= {(_MODULE, path): digest for path, digest in lines}
        else:
            flat[_VERSION, ""] = text
    return flat


def _leaves(settings: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(settings, Mapping) and settings:
        for name, value in settings.items():
            yield from _leaves(value, f"{key}.{name}" if key else name)
    else:
        yield key, settings


def _values(text: str) -> tuple[list[str], list[str]]:
    """The values in `before: 'a','b' now: 'c'`, which are Python literals."""
    found: dict[str, list[str]] = {"before": [], "now": []}
    current = found["before"]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in found:
            current = found[token.string]
        elif token.type == tokenize.STRING:
            current.append(str(literal_eval(token.string)))
        elif token.type == tokenize.OP and token.string == ";":
            break
    return found["before"], found["now"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
