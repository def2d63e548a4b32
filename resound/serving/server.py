"""A web server on this machine for a page on which a model is tried: `make demo MODEL=...`.

The page posts a recording, or texts, and shows what the model says. Nothing leaves the machine, and
no recording is kept.
"""

import argparse
import json
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from resound.errors import UserError
from resound.prediction.loading import load
from resound.prediction.predictor import Predictor
from resound.serving.answers import Model, answer_recording, answer_texts, describe_model

_MAX_BYTES = 500_000_000
"""Largest recording that is accepted."""
_TASKS = ("transcribe", "translate", "identify")
_LOCAL = ("127.0.0.1", "localhost")


class Handler(BaseHTTPRequestHandler):
    """Answers the page: the page itself, `/model`, and posts to `/recording` and `/texts`."""

    model: Model
    name: str
    lock: threading.Lock
    """One prediction at a time."""

    def do_GET(self) -> None:
        """Send the page, or what it needs to know of the model."""
        if not self._is_local():
            return
        path = urlsplit(self.path).path
        if path == "/":
            page = files("resound.serving").joinpath("page.html").read_bytes()
            self._send(HTTPStatus.OK, page, "text/html; charset=utf-8")
        elif path == "/model":
            self._send_json(describe_model(self.name, self.model))
        else:
            self._send_json({"error": "there is no such page"}, HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Send what the model says of the recording or the texts in the body."""
        if not self._is_local():
            return
        size = int(self.headers.get("Content-Length", 0))
        if size > _MAX_BYTES:
            self.close_connection = True
            error = f"the recording has more than {_MAX_BYTES // 1_000_000} MB"
            self._send_json({"error": error}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body, parts = self.rfile.read(size), urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            with self.lock:
                self._send_json(self._answer(parts.path, query, body))
        except (UserError, ValueError) as error:
            self._send_json({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    def _answer(self, path: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        if path == "/texts" and isinstance(self.model, Predictor):
            return answer_texts(self.model, json.loads(body))
        if path != "/recording":
            raise UserError("the model takes no such input")
        task = query.get("task", "transcribe")
        if task not in _TASKS:
            raise UserError(f"`task` is one of {', '.join(_TASKS)}")
        with TemporaryDirectory() as folder:
            # The name of the file is the browser's; only its suffix matters to the reader.
            recording = Path(folder) / f"recording{Path(query.get('name', '')).suffix}"
            recording.write_bytes(body)
            return answer_recording(self.model, recording, task)

    def _is_local(self) -> bool:
        """Return whether the request names this machine as its host.

        Otherwise a page of the web could use the model through a name that resolves to it.
        """
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host in _LOCAL:
            return True
        self._send_json({"error": "only for this machine"}, HTTPStatus.FORBIDDEN)
        return False

    def _send_json(self, content: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Write nothing to the terminal."""


def make_server(
    folder: Path, pretrained: Path | None = None, port: int = 0, handler: type[Handler] = Handler
) -> ThreadingHTTPServer:
    """Return a server for the model in `folder`; port 0 is any that is free.

    Raises UserError if there is no model, or if the port is in use.
    """
    options = {"pretrained": pretrained} if pretrained else {}
    state = {
        "model": load(folder, **options),
        "name": str(folder),
        "lock": threading.Lock(),
    }
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (handler,), state))
    except OSError as error:
        raise UserError(f"port {port} cannot be used ({error.strerror}): choose another") from error


def main(arguments: list[str]) -> None:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a local page on which a model is tried.")
    parser.add_argument("model", type=Path, help="the folder of a run, or of a model")
    parser.add_argument("--pretrained", type=Path, help="the model whose tokenizer it needs")
    parser.add_argument("--port", type=int, default=7860)
    options = parser.parse_args(arguments)
    try:
        server = make_server(options.model, options.pretrained, options.port)
    except UserError as error:
        sys.exit(str(error))
    print(f"http://127.0.0.1:{server.server_port} (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main(sys.argv[1:])
