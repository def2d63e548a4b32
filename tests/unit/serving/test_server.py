"""The page on which a model is tried: what it is sent, and what it shows in a browser."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests

from resound.errors import UserError
from resound.prediction.transcriber import Transcriber
from resound.serving.server import Handler, main, make_server
from tests.conftest import ROOT
from tests.helpers.trained import CASES, CLASSES, Trained, Write, make_trained
from tests.helpers.whisper import save_untrained

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def serving(*arguments: Any, **options: Any) -> Iterator[str]:
    """Yield the address of a running server."""
    server = make_server(*arguments, **options)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def trained(folder: Path, write_clip: Write) -> Trained:
    return make_trained(folder / "cnn", CASES["cnn"], write_clip)


def test_a_recording_is_classified(trained: Trained) -> None:
    with serving(trained.folder) as address:
        assert requests.get(f"{address}/model").json() == {
            "name": str(trained.folder),
            "fields": [],
            "speech": False,
        }
        body = trained.paths[16].read_bytes()
        answer = requests.post(f"{address}/recording?name=a.wav", body).json()
    expected = trained.expected[0]
    assert answer["label"] == answer["scores"][0]["name"] == expected["predicted"]
    assert answer["probabilities"]
    scores = {score["name"]: score["value"] for score in answer["scores"]}
    own = {label: float(expected[f"score_{label}"]) for label in CLASSES}
    assert scores == pytest.approx(own, rel=2e-4, abs=1e-6)
    assert answer["spectrogram"].startswith("data:image/png;base64,")


def test_unusable_input_is_explained(trained: Trained) -> None:
    with serving(trained.folder) as address:
        bad = requests.post(f"{address}/recording?name=a.wav", b"<!DOCTYPE html>").json()
        assert "web page" in bad["rejected"] and "spectrogram" not in bad
        texts = requests.post(f"{address}/texts", b"{}")
        assert texts.status_code == HTTPStatus.BAD_REQUEST and "takes recordings" in texts.text
        assert requests.get(f"{address}/../etc/passwd").status_code == HTTPStatus.NOT_FOUND
        elsewhere = requests.get(address, headers={"Host": "example.org:80"})
        assert elsewhere.status_code == HTTPStatus.FORBIDDEN
        port = int(address.rpartition(":")[2])
        with pytest.raises(UserError, match=f"port {port} cannot be used"):
            make_server(trained.folder, port=port)
    with pytest.raises(SystemExit, match="holds no model"):
        main([str(trained.folder.parent)])


def test_texts_are_classified(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["encoder of tokens"], write_clip)
    texts = {name: column[16] for name, column in trained.texts.items()}
    with serving(trained.folder, trained.pretrained) as address:
        assert requests.get(f"{address}/model").json()["fields"] == ["premise", "hypothesis"]
        answer = requests.post(f"{address}/texts", json.dumps(texts)).json()
        missing = requests.post(f"{address}/texts", b'{"premise": "a"}')
    assert answer["label"] == trained.expected[0]["predicted"]
    assert "field 'hypothesis'" in missing.json()["error"]


def test_frames_are_shown_as_segments(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["frame_mlp"], write_clip)
    with serving(trained.folder) as address:
        body = trained.paths[0].read_bytes()
        answer = requests.post(f"{address}/recording?name=a.wav", body).json()
    assert answer["segments"][0]["start"] == 0 and answer["segments"][0]["text"] in CLASSES


def test_speech_is_transcribed(tmp_path: Path, trained: Trained) -> None:
    model = save_untrained(tmp_path / "model")
    with serving(model) as address:
        assert requests.get(f"{address}/model").json()["speech"]
        body = trained.paths[0].read_bytes()
        answer = requests.post(f"{address}/recording?name=a.wav&task=identify", body).json()
        wrong = requests.post(f"{address}/recording?name=a.wav&task=sing", body)
    assert (
        answer["language"] == Transcriber(model).transcribe(trained.paths[0], "identify").language
    )
    assert wrong.status_code == HTTPStatus.BAD_REQUEST


def test_the_command_of_the_readme_serves_a_model() -> None:
    done = subprocess.run(
        "make demo MODEL=models/whisper-small -n".split(), cwd=ROOT, capture_output=True, text=True
    )
    assert '-m resound.serving.server "models/whisper-small"' in done.stdout
    done = subprocess.run("make demo -n".split(), cwd=ROOT, capture_output=True, text=True)
    assert "results/runs/digits_cnn/42/metrics.json" in done.stdout


# In a browser: a page of the same server uses the page as a person would, and reports what it sees.

USER = """
<iframe id="page" src="/" style="width: 900px; height: 1200px" allow="microphone"></iframe>
<script>
const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const report = (seen) => fetch("/report", {method: "POST", body: JSON.stringify(seen)});

async function answered(page) {
  while (!page.querySelector("#answer img, #answer .error")) await wait(0.1);
  return {
    label: page.querySelector("#label")?.textContent,
    error: page.querySelector("#answer .error")?.textContent,
    rows: page.querySelectorAll("#answer table tr").length,
    images: page.querySelectorAll("#answer img").length,
    name: page.getElementById("name").textContent,
  };
}

async function use() {
  const page = document.getElementById("page").contentDocument;
  while (page.getElementById("recordings").hidden) await wait(0.1);
  const seen = {};
  const files = new DataTransfer();
  const recording = await (await fetch("/clip")).blob();
  files.items.add(new File([recording], "clip.wav"));
  page.getElementById("drop").dispatchEvent(
    new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
  seen.dropped = await answered(page);
  page.getElementById("answer").replaceChildren();
  page.getElementById("record").click();
  await wait(1.5);
  seen.button = page.getElementById("record").textContent;
  page.getElementById("record").click();
  seen.recorded = await answered(page);
  await report(seen);
}
document.getElementById("page").onload = () =>
  use().catch((error) => report({failed: String(error)}));
</script>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_person_drops_and_records(trained: Trained, tmp_path: Path) -> None:
    reports = list[dict[str, Any]]()
    reported = threading.Event()
    sent = list[bytes]()

    class WithUser(Handler):
        def do_GET(self) -> None:
            if self.path == "/user":
                self._send(HTTPStatus.OK, USER.encode(), "text/html")
            elif self.path == "/clip":
                self._send(HTTPStatus.OK, trained.paths[16].read_bytes(), "audio/wav")
            else:
                super().do_GET()

        def do_POST(self) -> None:
            if self.path == "/report":
                body = self.rfile.read(int(self.headers["Content-Length"]))
                reports.append(json.loads(body))
                self._send_json({})
                reported.set()
            else:
                super().do_POST()

        def _answer(self, path: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
            sent.append(body)
            return super()._answer(path, query, body)

    with serving(trained.folder, handler=WithUser) as address:
        browser = subprocess.Popen(
            [
                str(CHROMIUM),
                *"--headless --no-sandbox --disable-gpu --no-first-run".split(),
                *"--use-fake-device-for-media-stream --use-fake-ui-for-media-stream".split(),
                "--disable-background-networking",
                f"--user-data-dir={tmp_path / 'browser'}",
                "--remote-debugging-port=0",
                f"{address}/user",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert reported.wait(90), "the browser reports what it sees"
        finally:
            browser.kill()
            browser.wait()
    (seen,) = reports
    assert "failed" not in seen
    assert seen["dropped"]["label"] == trained.expected[0]["predicted"]
    assert seen["dropped"]["rows"] == len(CLASSES) and seen["dropped"]["images"] == 1
    assert seen["dropped"]["name"] == str(trained.folder)
    assert seen["button"] == "Stop"
    assert not seen["recorded"].get("error") and seen["recorded"]["label"] in CLASSES
    assert seen["recorded"]["images"] == 1
    assert sent[1][:4] == bytes.fromhex("1a45dfa3"), "Matroska, as browsers record"
