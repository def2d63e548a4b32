"""One file by HTTP: resumed after a break, tried again where that helps, whole or not there."""

import errno
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resound.data.downloads.errors import Broken, Failed
from resound.data.downloads.partial_file import Part
from resound.data.downloads.retry import ByteCounter, Patience, persist
from resound.errors import UserError
from resound.io.disk import in_words, need

_CHUNK = 2**18


@dataclass(frozen=True)
class Request:
    """What to ask for; it may hold secrets and is never shown."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | None = None


def download(
    ask: Callable[[], Request],
    target: Path,
    source: str,
    patience: Patience,
    progress: Callable[[str], None],
    size: int | None = None,
) -> None:
    """Bring to `target` what `ask` says, resuming what an earlier try left of the same `source`.

    `ask` is called before each try, for signed addresses expire; `size` is what the file should
    have. Raises Failed for a web page instead of a file and for a wrong size, UserError where the
    disk is full; what the server refuses, or fails at to the last, as requests' errors.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Part(target, source)
    counter = ByteCounter(target.name, progress, patience.clock)
    if not part.size or part.size != part.total:  # else it came whole, and was not yet renamed
        persist(
            lambda: _try(ask(), part, counter, patience, size),
            gained=lambda: part.size,
            patience=patience,
            progress=progress,
        )
    if is_web_page(part.path):
        part.drop()
        raise Failed("the server sent a web page instead of the file", "look at it in a browser")
    part.finish()


def is_web_page(path: Path) -> bool:
    """Whether a file that is not called so begins as HTML does."""
    if path.name.lower().removesuffix(".part").endswith((".html", ".htm")):
        return False
    with path.open("rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head"))


@contextmanager
def disciplined(patience: Patience) -> Iterator[None]:
    """Give time-outs to a library that asks through requests and sets none: it has no default.

    A missing page and what may pass are errors then, as requests' own; not something to parse.
    """
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def limited(self: Any, request: Any, **options: Any) -> Any:
        options["timeout"] = options.get("timeout") or patience.timeouts
        answer = send(self, request, **options)
        if answer.status_code in (404, 429, 502, 503, 504):
            answer.raise_for_status()
        return answer

    setattr(HTTPAdapter, "send", limited)  # noqa: B010
    try:
        yield
    finally:
        setattr(HTTPAdapter, "send", send)  # noqa: B010


def _try(
    request: Request, part: Part, counter: ByteCounter, patience: Patience, size: int | None
) -> None:
    import requests

    # Bytes as they lie there: a length and a sum are of these.
    headers = {**request.headers, "Accept-Encoding": "identity", **_rest_of(part)}
    with requests.request(
        request.method,
        request.url,
        data=request.body,
        headers=headers,
        stream=True,
        timeout=patience.timeouts,
    ) as response:
        if response.status_code == 416:
            part.drop()
            raise Broken("the server has no such rest of the file")
        response.raise_for_status()
        total = _open(response, part)
        if size is not None and total is not None and total != size:
            part.drop()
            raise Failed(f"the server has {total} bytes where {size} are expected")
        need((total or 0) - part.size, part.path.parent)
        _write(response, part, counter, total)
    if total is not None and part.size != total:
        raise Broken(f"{part.size} of {total} bytes came")


def _rest_of(part: Part) -> dict[str, str]:
    """The headers that ask for what is missing, if it still is of the same version."""
    if part.validator is None:
        return {}
    return {"Range": f"bytes={part.size}-", "If-Range": part.validator}


def _open(response: Any, part: Part) -> int | None:
    """Make `part` ready for what the response brings; returns the size of the whole, if told."""
    if response.status_code == 206:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        validator = _validator(response)
        fits = told is not None and int(told[1]) == part.size
        if not told or not fits or validator not in (None, part.validator):
            part.drop()
            raise Broken("the server sent another piece than was asked for")
        return part.total if told[2] == "*" else int(told[2])
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    part.begin(_validator(response), total)
    return total


def _validator(response: Any) -> str | None:
    """What tells one version of a file from the next to the byte; a weak ETag does not."""
    etag: str = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    date: str | None = response.headers.get("Last-Modified")
    return date


def _write(response: Any, part: Part, counter: ByteCounter, total: int | None) -> None:
    try:
        with part.path.open("ab") as file:
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                counter.at(file.tell(), total)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(
                f"the disk became full after {in_words(part.size)}; make room, and it goes on there"
            ) from error
        raise
