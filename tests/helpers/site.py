"""A web server in this process that behaves as badly as asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from resound.data.downloads.retry import Patience

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """Answers by path, the last of each again and again; and what was asked."""

    port: int = 0
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def on(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def header(self, name: str) -> list[str | None]:
        """What each request said in a header."""
        return [headers.get(name.lower()) for _, _, headers in self.asked]

    def stall(self, request: BaseHTTPRequestHandler) -> None:
        """Take the request and say nothing."""
        self.over.wait(30)


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
    """A file; `cut` ends it early, `length` is what is said of it, pieces come one by one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        current = not if_range or request.headers.get("If-Range") in (None, etag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and ranges and start >= len(data):
            request.send_response(416)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = data[start:] if asked and ranges and current else data
        partial = len(body) < len(data)
        request.send_response(206 if partial else 200)
        if partial:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        said = len(body) if length is None else length
        told = {"Content-Length": str(said), "Content-Type": kind, **headers}
        for name, value in (told | ({"ETag": etag} if etag else {})).items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD":
            sent = body[:cut] if cut is not None else body
            step = max(1, -(-len(sent) // pieces))
            for begin in range(0, len(sent), step):
                request.wfile.write(sent[begin : begin + step])
                request.wfile.flush()
        request.close_connection = True

    return answer


def chunked(data: bytes, ends: bool = True) -> Answer:
    """A file of untold length; or the beginning of one."""

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
    """Nothing but a status."""

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
    """A site that answers while the block runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            path = urlsplit(self.path).path
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.command, self.path, headers))
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
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Waits(list[float]):
    """The seconds that somebody would have slept."""

    def patience(self, **told: Any) -> Patience:
        return Patience(sleep=self.append, chance=lambda: 1.0, read_s=5, **told)


def rerouted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what requests would send to any other machine to `site`, below the host's name."""
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def local(self: Any, request: Any, **options: Any) -> Any:
        true = request.url
        parts = urlsplit(true)
        if parts.hostname not in ("127.0.0.1", "localhost"):
            request.url = site.url(f"/{parts.hostname}{parts.path}?{parts.query}")
        try:
            answer = send(self, request, **options)
        finally:
            request.url = true
        answer.url = true
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", local)
