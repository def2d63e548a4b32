"""Download one file by HTTP: resumed after an interruption, retried, and complete or absent."""

import errno
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resound.data.downloads.errors import IncompleteResponse, SourceError
from resound.data.downloads.partial_file import PartialFile
from resound.data.downloads.remote import DownloadOptions
from resound.data.downloads.retry import ByteCounter, RetryPolicy, retry
from resound.errors import UserError
from resound.io.disk import format_bytes, require_space

_CHUNK = 2**18


@dataclass(frozen=True)
class Request:
    """An HTTP request; it may contain secrets and is never printed."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | None = None


def download_file(
    make_request: Callable[[], Request],
    target: Path,
    source: str,
    options: DownloadOptions,
    size: int | None = None,
) -> None:
    """Download a file to `target`, resuming an earlier download of the same `source`.

    `make_request` is called before each attempt, because signed addresses expire; `size` is the
    expected size in bytes. Raises SourceError for a web page instead of a file and for a wrong
    size, UserError if the disk is full, and requests' errors if the server refuses the request or
    all retries fail.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = PartialFile(target, source)
    counter = ByteCounter(target.name, options.progress, options.policy.clock)
    complete = partial.size > 0 and partial.size == partial.total  # but not yet renamed
    if not complete:
        retry(
            lambda: _attempt(make_request(), partial, counter, options.policy, size),
            received=lambda: partial.size,
            policy=options.policy,
            progress=options.progress,
        )
    if is_web_page(partial.path):
        partial.discard()
        raise SourceError(
            "the server sent a web page instead of the file", "open the address in a browser"
        )
    partial.finish()


def is_web_page(path: Path) -> bool:
    """Return whether a file starts like HTML although its name does not say so."""
    if path.name.lower().removesuffix(".part").endswith((".html", ".htm")):
        return False
    with path.open("rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head"))


@contextmanager
def strict_requests(policy: RetryPolicy) -> Iterator[None]:
    """Set time-outs for a library that uses requests without any; requests has no default.

    Missing pages and transient failures are raised as requests' errors, so that the library does
    not try to parse them.
    """
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def strict_send(self: Any, request: Any, **options: Any) -> Any:
        options["timeout"] = options.get("timeout") or policy.timeouts
        response = send(self, request, **options)
        if response.status_code in (404, 429, 502, 503, 504):
            response.raise_for_status()
        return response

    setattr(HTTPAdapter, "send", strict_send)  # noqa: B010
    try:
        yield
    finally:
        setattr(HTTPAdapter, "send", send)  # noqa: B010


def _attempt(
    request: Request,
    partial: PartialFile,
    counter: ByteCounter,
    policy: RetryPolicy,
    size: int | None,
) -> None:
    import requests

    # Without compression, because sizes and checksums are those of the stored bytes.
    headers = {**request.headers, "Accept-Encoding": "identity", **_range_headers(partial)}
    with requests.request(
        request.method,
        request.url,
        data=request.body,
        headers=headers,
        stream=True,
        timeout=policy.timeouts,
    ) as response:
        if response.status_code == 416:
            partial.discard()
            raise IncompleteResponse("the server does not have the rest of the file")
        response.raise_for_status()
        total = _prepare(response, partial)
        if size is not None and total is not None and total != size:
            partial.discard()
            raise SourceError(f"the file at the server has {total} bytes where {size} are expected")
        require_space((total or 0) - partial.size, partial.path.parent)
        _write(response, partial, counter, total)
    if total is not None and partial.size != total:
        raise IncompleteResponse(f"received {partial.size} of {total} bytes")


def _range_headers(partial: PartialFile) -> dict[str, str]:
    """Return the headers that request the missing bytes, provided the version is the same."""
    if partial.validator is None:
        return {}
    return {"Range": f"bytes={partial.size}-", "If-Range": partial.validator}


def _prepare(response: Any, partial: PartialFile) -> int | None:
    """Prepare `partial` for the body of a response; return the size of the complete file."""
    if response.status_code == 206:
        header = response.headers.get("Content-Range", "")
        content_range = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header)
        same_version = _validator(response) in (None, partial.validator)
        if not content_range or int(content_range[1]) != partial.size or not same_version:
            partial.discard()
            raise IncompleteResponse("the server sent a different range than requested")
        return partial.total if content_range[2] == "*" else int(content_range[2])
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    partial.start(_validator(response), total)
    return total


def _validator(response: Any) -> str | None:
    """Return what identifies a version of a file to the byte, which a weak ETag does not."""
    etag: str = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    date: str | None = response.headers.get("Last-Modified")
    return date


def _write(response: Any, partial: PartialFile, counter: ByteCounter, total: int | None) -> None:
    try:
        with partial.path.open("ab") as file:
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                counter.update(file.tell(), total)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(
                f"the disk became full after {format_bytes(partial.size)}; free some space, and the"
                " download resumes there"
            ) from error
        raise
