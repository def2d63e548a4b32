"""A web server in this process whose responses, and failures, a test configures."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from resound.data.downloads.retry import RetryPolicy

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """Answers by path, of which the last is repeated, and a record of all requests."""

    port: int = 0
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path with query, and headers by their lower-case names."""
    bodies: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def on(self, path: str, *answers: Answer) -> None:
        """Set the answers to requests for a path."""
        self.answers[path] = list(answers)

    def header(self, name: str) -> list[str | None]:
        """Return the value of a header in each request."""
        return [headers.get(name.lower()) for _, _, headers in self.requests]

    def stall(self, request: BaseHTTPRequestHandler) -> None:
        """Accept a request and send nothing."""
        self.closing.wait(30)


def whole(
    data: bytes,
    etag: str | None = '"1"',
    ranges: bool = True,
    if_range: bool = True,
    cut: int | None = None,
    length: int | None = None,
    kind: str = "application/octet-stream",
    pieces: int = 1,
    **headers: str,
) -> Answer:
    """Return an answer that sends a file.

    `cut` closes the connection after that many bytes, `length` overrides Content-Length, and the
    body is written in `pieces`. `ranges` and `if_range` say which request headers are respected.
    """

    def answer(request: BaseHTTPRequestHandler) -> None:
        byte_range = request.headers.get("Range")
        current = not if_range or request.headers.get("If-Range") in (None, etag)
        start = int(byte_range.removeprefix("bytes=").rstrip("-")) if byte_range else 0
        if byte_range and ranges and start >= len(data):
            request.send_response(416)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = data[start:] if byte_range and ranges and current else data
        partial = len(body) < len(data)
        request.send_response(206 if partial else 200)
        if partial:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        announced = len(body) if length is None else length
        fields = {"Content-Length": str(announced), "Content-Type": kind, **headers}
        for name, value in (fields | ({"ETag": etag} if etag else {})).items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD":
            written = body[:cut] if cut is not None else body
            step = max(1, -(-len(written) // pieces))
            for begin in range(0, len(written), step):
                request.wfile.write(written[begin : begin + step])
                request.wfile.flush()
        request.close_connection = True

    return answer


def chunked(data: bytes, ends: bool = True) -> Answer:
    """Return an answer that sends a file without its length, with or without the final chunk."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if ends:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = True

    return answer


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Return an answer with a status code."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    return answer


@contextmanager
def running() -> Iterator[Site]:
    """Yield a site that answers while the block runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            path = urlsplit(self.path).path
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.requests.append((self.command, self.path, headers))
            site.bodies.append(self.rfile.read(int(headers.get("content-length", 0))))
            answers = site.answers.get(path, [status(404)])
            (answers.pop(0) if len(answers) > 1 else answers[0])(self)

        do_GET = do_HEAD = do_POST = handle_any

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Waits(list[float]):
    """The seconds that a retry policy would have slept."""

    def policy(self, **settings: Any) -> RetryPolicy:
        """Return a policy that does not sleep, and has no jitter."""
        return RetryPolicy(sleep=self.append, random=lambda: 1.0, read_timeout_s=5, **settings)


def rerouted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redirect the requests library from all other hosts to `site`, below the host's name."""
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def send_locally(self: Any, request: Any, **options: Any) -> Any:
        original = request.url
        parts = urlsplit(original)
        if parts.hostname not in ("127.0.0.1", "localhost"):
            request.url = site.url(f"/{parts.hostname}{parts.path}?{parts.query}")
        try:
            response = send(self, request, **options)
        finally:
            request.url = original
        response.url = original
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send_locally)
