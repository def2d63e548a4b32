"""Kaggle, Google Drive and the Hugging Face hub through their own clients, with a local server.

The addresses of Kaggle's client and gdown cannot be configured, so the requests library is
redirected to the local server. The hub's client takes `HF_ENDPOINT`, in a separate process.
"""

import base64
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from resound.data.downloads.drive import Drive
from resound.data.downloads.fetch import Download, fetch_first
from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.lock import DownloadLock
from resound.data.downloads.remote import Remote
from resound.data.downloads.retry import RetryPolicy
from resound.errors import UserError
from tests.helpers.parquet import encode, make_row, write_parquet
from tests.helpers.site import Answer, Site, Waits, rerouted, running, status, whole

ROOT = Path(__file__).resolve().parents[4]


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("data/01/0_01_0.wav", np.random.default_rng(0).bytes(1_400_000))
    return out.getvalue()


DATA = archive()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    for name in [name for name in os.environ if name.startswith(("KAGGLE", "HF_", "RESOUND"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    with running() as site:
        rerouted(site, monkeypatch)
        yield site


class Project:
    """A project folder and the progress reported in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "downloads" / "digits"
        self.progress: list[str] = []
        self.waits = Waits()

    def fetch(self, source: Remote, attempts: int = 6) -> Download:
        lock = DownloadLock(self.root / "downloads.lock.json")
        policy = self.waits.policy(attempts=attempts)
        return fetch_first([source], self.folder, lock, self.progress.append, policy)

    def failure(self, source: Remote, attempts: int = 3) -> str:
        """Return the one-line message of a failed fetch."""
        with pytest.raises(UserError) as caught:
            self.fetch(source, attempts)
        message = str(caught.value)
        assert "\n" not in message
        assert f"put it at {self.folder / source.file_name} yourself" in message
        return message

    def output(self) -> str:
        """Return all progress and the content of all written JSON files."""
        files = [path.read_text() for path in self.root.rglob("*.json") if "home" not in str(path)]
        return "".join([*self.progress, *files])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# Kaggle

DOWNLOAD = "/api.kaggle.com/v1/datasets.DatasetApiService/DownloadDataset"
INTROSPECT = "/api.kaggle.com/v1/security.OAuthService/IntrospectToken"
SIGNED = "https://storage.googleapis.com/sets/archive.zip?X-Goog-Signature=abc123sig"
BUNDLE = "/storage.googleapis.com/sets/archive.zip"
DIGITS = Kaggle(kaggle="someone/audio-mnist", version=2)


@pytest.fixture
def kaggle(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    """Return a site like Kaggle, which redirects to a signed address on another host."""
    from kaggle.api.kaggle_api_extended import KaggleApi

    site.requests.clear()  # the client signs in when it is first imported
    folder = tmp_path / "home" / ".kaggle"
    folder.mkdir(parents=True)
    monkeypatch.setattr(KaggleApi, "config_dir", str(folder))
    monkeypatch.setattr(KaggleApi, "config", str(folder / "kaggle.json"))
    site.on(DOWNLOAD, status(302, Location=SIGNED))
    site.on(BUNDLE, whole(DATA))
    return site


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "hunter2")
    return "Basic " + base64.b64encode(b"me:hunter2").decode()


def test_kaggle_by_key(kaggle: Site, project: Project, key: str) -> None:
    download = project.fetch(DIGITS)
    assert download.path == project.folder / "audio-mnist-v2.zip"
    assert download.path.read_bytes() == DATA
    assert download.source == "kaggle:someone/audio-mnist@2"
    requests = [(path, headers.get("authorization")) for _, path, headers in kaggle.requests]
    assert (requests[0][0].rstrip("?"), requests[0][1]) == (DOWNLOAD, key)
    assert all(auth is None for path, auth in requests if path.startswith(BUNDLE))
    body = json.loads(kaggle.bodies[0])
    assert body["ownerSlug"] == "someone" and body["datasetSlug"] == "audio-mnist"
    assert body["datasetVersionNumber"] == 2
    assert project.fetch(DIGITS) == download
    assert len(kaggle.requests) == len(requests)


def test_kaggle_by_file(kaggle: Site, project: Project, tmp_path: Path) -> None:
    credentials = {"username": "me", "key": "hunter2"}
    (tmp_path / "home" / ".kaggle" / "kaggle.json").write_text(json.dumps(credentials))
    assert project.fetch(DIGITS).path.read_bytes() == DATA


@pytest.mark.parametrize("place", ["environment", "file"])
def test_kaggle_by_token(
    kaggle: Site, project: Project, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if place == "environment":
        monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_hunter2")
    else:
        (tmp_path / "home" / ".kaggle" / "access_token").write_text("KGAT_hunter2\n")
    kaggle.on(INTROSPECT, json_answer({"active": True, "username": "me"}))
    assert project.fetch(DIGITS).path.read_bytes() == DATA
    assert "Bearer KGAT_hunter2" in kaggle.header("Authorization")
    assert "hunter2" not in project.output() and "abc123sig" not in project.output()


def json_answer(value: object, code: int = 200, **headers: str) -> Answer:
    return status(code, json.dumps(value).encode(), Content_Type="application/json", **headers)


def test_kaggle_is_resumed_with_a_new_address(kaggle: Site, project: Project, key: str) -> None:
    kaggle.on(BUNDLE, whole(DATA), whole(DATA, cut=180_000), whole(DATA))
    kaggle.on(
        DOWNLOAD, status(302, Location=SIGNED), status(302, Location=SIGNED.replace("abc", "def"))
    )
    assert project.fetch(DIGITS).path.read_bytes() == DATA
    assert kaggle.header("Range")[-1] == "bytes=180000-"
    assert "def123sig" in kaggle.requests[-1][1]


def test_kaggle_without_a_redirect(kaggle: Site, project: Project, key: str) -> None:
    kaggle.on(DOWNLOAD, whole(DATA), whole(DATA, cut=180_000), whole(DATA))
    assert project.fetch(DIGITS).path.read_bytes() == DATA
    assert set(kaggle.header("Authorization")) == {key}
    assert {method for method, *_ in kaggle.requests} == {"POST"}


def test_kaggle_without_credentials(kaggle: Site, project: Project) -> None:
    message = project.failure(DIGITS)
    assert "Kaggle accepts none of the credentials" in message
    for option in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "~/.kaggle/kaggle.json"):
        assert option in message
    assert not kaggle.requests


@pytest.mark.parametrize(
    "code, reason, remedy",
    [
        (401, "authentication failed", "KAGGLE_API_TOKEN"),
        (403, "refused", "datasets/someone/audio-mnist and accept its terms"),
        (404, "not found", "still exists"),
        (500, "server error", "in a browser"),
    ],
)
def test_kaggle_refuses(
    kaggle: Site, project: Project, key: str, code: int, reason: str, remedy: str
) -> None:
    kaggle.on(DOWNLOAD, json_answer({"code": code, "message": "no, hunter2"}, code))
    message = project.failure(DIGITS)
    assert reason in message and remedy in message
    assert "hunter2" not in message + project.output()
    assert len(project.waits) == (2 if code == 500 else 0)


def test_kaggle_does_not_respond(kaggle: Site, project: Project, key: str) -> None:
    kaggle.on(DOWNLOAD, kaggle.stall)
    lock = DownloadLock(project.root / "downloads.lock.json")
    policy = RetryPolicy(attempts=1, read_timeout_s=0.1)
    with pytest.raises(UserError, match="does not respond in time"):
        fetch_first([DIGITS], project.folder, lock, project.progress.append, policy)


# Google Drive

ID = "1ZXEhzbLRLU1giKKRJkjm8N04cO_JoYE2"
SHEMO = Drive(drive=ID, name="shemo.zip")
FOLDER = Drive(drive=ID, name="shemo", kind="folder")
UC = "/drive.google.com/uc"
LARGE = "/drive.usercontent.google.com/download"
NAMED = {"Content_Disposition": 'attachment; filename="there.zip"'}
WARNING = (
    b'<html><body><form id="download-form" method="get"'
    b' action="https://drive.usercontent.google.com/download">'
    b'<input type="hidden" name="id" value="x"><input type="hidden" name="confirm" value="t">'
    b"</form></body></html>"
)
QUOTA = (
    b'<html><p class="uc-error-subcaption">Too many users have viewed or downloaded this file'
    b" recently. Please try accessing the file again later.</p></html>"
)


def page(text: bytes) -> Answer:
    return whole(text, None, kind="text/html; charset=utf-8")


def test_drive_after_its_warning_page(site: Site, project: Project) -> None:
    site.on(UC, page(WARNING))
    site.on(LARGE, whole(DATA, **NAMED))
    download = project.fetch(SHEMO)
    assert download.path == project.folder / "shemo.zip" and download.path.read_bytes() == DATA
    requests = len(site.requests)
    assert project.fetch(SHEMO) == download and len(site.requests) == requests
    assert sorted(path.name for path in project.folder.iterdir()) == [
        ".shemo.zip.guard",
        "shemo.zip",
    ]


def test_drive_is_resumed(site: Site, project: Project) -> None:
    # gdown writes half a megabyte at a time.
    site.on(UC, whole(DATA, cut=1_200_000, **NAMED), whole(DATA, **NAMED))
    assert "interrupted" in project.failure(SHEMO, attempts=1)
    assert project.fetch(SHEMO).path.read_bytes() == DATA
    assert site.header("Range")[-1] == "bytes=1048576-"


def test_a_file_on_drive_that_changes_is_never_spliced(site: Site, project: Project) -> None:
    other = b"x" * len(DATA)
    site.on(UC, whole(other, '"0"', cut=1_200_000, **NAMED), whole(DATA, **NAMED))
    project.failure(SHEMO, attempts=1)
    assert "damaged" in project.failure(SHEMO)
    assert project.fetch(SHEMO).path.read_bytes() == DATA


@pytest.mark.parametrize(
    "answer, reason",
    [
        (page(QUOTA), "quota"),
        (page(b"<html>Sign in</html>"), "not shared with anyone who has the link"),
        (status(404, b"<html>", Content_Type="text/html"), "not found (404)"),
    ],
)
def test_drive_refuses(site: Site, project: Project, answer: Answer, reason: str) -> None:
    site.on(UC, answer)
    assert reason in project.failure(SHEMO)
    assert not project.waits


def test_drive_fails_temporarily(site: Site, project: Project) -> None:
    site.on(UC, status(503), status(429, Retry_After="9"), whole(DATA, **NAMED))
    assert project.fetch(SHEMO).path.read_bytes() == DATA
    assert project.waits == [1, 9]


def test_drive_folder(site: Site, project: Project) -> None:
    ids = {name: f"{n}{'a' * 30}" for n, name in enumerate(("female.zip", "male.zip"))}
    links = "".join(
        f'<a href="https://drive.google.com/file/d/{id}/view">{name}</a>'
        for name, id in ids.items()
    )
    listing = f"<html><title>ShEMO</title>{links}</html>".encode()
    site.on("/drive.google.com/embeddedfolderview", page(listing))
    site.on(UC, whole(DATA, **NAMED))
    download = project.fetch(FOLDER)
    assert sorted(path.name for path in download.path.iterdir()) == sorted(ids)
    assert (download.path / "male.zip").read_bytes() == DATA
    assert download.size == 2 * len(DATA)
    requests = len(site.requests)
    assert project.fetch(FOLDER) == download and len(site.requests) == requests


def test_drive_folder_that_is_not_shared(site: Site, project: Project) -> None:
    site.on("/drive.google.com/embeddedfolderview", status(403))
    assert "not shared" in project.failure(FOLDER)


# The Hugging Face hub

REVISION = "0123456789abcdef0123456789abcdef01234567"
HUB = {"hub": "some/set", "revision": REVISION}
TREE = f"/api/datasets/some/set/tree/{REVISION}"
FILES = {"a/1.wav": DATA, "list.csv": b"path\na/1.wav\n", "other.txt": b"more"}
# The same calls as above in a process that can reach nothing but the endpoint.
CODE = """
import json, sys
from pathlib import Path
from resound.data.downloads.fetch import fetch_first, parse_source
from resound.data.downloads.lock import DownloadLock
root, source = Path(sys.argv[1]), parse_source(json.loads(sys.argv[2]))
folder, lock = root / "downloads" / "digits", DownloadLock(root / "downloads.lock.json")
download = fetch_first([source], folder, lock, print)
print(json.dumps([str(download.path), download.size, download.sha256]))
"""


def hub(site: Site, files: dict[str, bytes] = FILES) -> None:
    """Put files on the hub, large ones with their checksum."""
    entries = []
    for path, data in files.items():
        digest = sha256(data).hexdigest()
        entry = {"type": "file", "oid": "0" * 40, "size": len(data), "path": path}
        if len(data) > 1000:
            entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 130}
        entries.append(entry)
        resolve = f"/datasets/some/set/resolve/{REVISION}/{path}"
        site.on(resolve, whole(data, f'"{digest}"', X_Repo_Commit=REVISION))
    site.on(TREE, json_answer(entries))


def hub_fetch(
    site: Site,
    root: Path,
    settings: dict[str, object] | None = None,
    code: str = CODE,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "RESOUND"))}
    hub_variables = {
        "HF_ENDPOINT": site.url(""),
        "HF_HOME": str(root / "hf"),
        "HF_TOKEN": "hf_hunter2",
    }
    return subprocess.run(
        [sys.executable, "-c", code, str(root), json.dumps(settings or HUB)],
        cwd=ROOT,
        env=inherited | hub_variables | environment,
        capture_output=True,
        text=True,
    )


def test_hub_dataset(site: Site, tmp_path: Path) -> None:
    hub(site)
    done = hub_fetch(site, tmp_path)
    path, size, digest = json.loads(done.stdout.splitlines()[-1])
    assert Path(path) == tmp_path / "downloads" / "digits" / "set-01234567"
    assert {name: (Path(path) / name).read_bytes() for name in FILES} == FILES
    assert size == sum(map(len, FILES.values()))
    lines = [f"{sha256(FILES[name]).hexdigest()}  {name}\n" for name in sorted(FILES)]
    assert digest == sha256("".join(lines).encode()).hexdigest()
    assert "Bearer hf_hunter2" in site.header("Authorization")
    assert "hunter2" not in done.stdout + done.stderr
    # Again, without network access.
    requests = len(site.requests)
    again = hub_fetch(site, tmp_path, HF_HUB_OFFLINE="1")
    assert json.loads(again.stdout.splitlines()[-1]) == [path, size, digest]
    assert len(site.requests) == requests
    # A missing file is detected.
    (Path(path) / "list.csv").unlink()
    assert "SHA-256" in hub_fetch(site, tmp_path).stderr


def test_hub_files_by_pattern(site: Site, tmp_path: Path) -> None:
    hub(site)
    done = hub_fetch(site, tmp_path, {**HUB, "files": ["*.wav", "*.csv"]})
    folder = Path(json.loads(done.stdout.splitlines()[-1])[0])
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {"a/1.wav", "list.csv"}


def test_an_interrupted_hub_download_is_not_complete(site: Site, tmp_path: Path) -> None:
    hub(site)
    csv = f"/datasets/some/set/resolve/{REVISION}/list.csv"
    site.on(csv, status(403))
    done = hub_fetch(site, tmp_path)
    assert "UserError: hub:datasets/some/set@" in done.stderr
    assert not (tmp_path / "downloads" / "digits" / "set-01234567").exists()
    hub(site)
    requests = len(site.requests)
    assert hub_fetch(site, tmp_path).returncode == 0
    assert not [p for m, p, _ in site.requests[requests:] if m == "GET" and p.endswith("1.wav")]


def test_a_hub_file_with_another_checksum_is_rejected(site: Site, tmp_path: Path) -> None:
    hub(site)
    other = whole(DATA[::-1], f'"{sha256(DATA).hexdigest()}"', X_Repo_Commit=REVISION)
    site.on(f"/datasets/some/set/resolve/{REVISION}/a/1.wav", other)
    assert "'a/1.wav' differs from the checksum at the hub" in hub_fetch(site, tmp_path).stderr


@pytest.mark.parametrize(
    "code, headers, reason, remedy",
    [
        (403, {"X_Error_Code": "GatedRepo"}, "refused (403)", "accept its terms at"),
        (404, {"X_Error_Code": "RevisionNotFound"}, "not found (404)", "has the commit"),
        (401, {"X_Error_Code": "RepoNotFound"}, "(401)", "hf auth login"),
    ],
)
def test_hub_refuses(
    site: Site, tmp_path: Path, code: int, headers: dict[str, str], reason: str, remedy: str
) -> None:
    site.on(TREE, json_answer({"error": "no"}, code, **headers))
    message = hub_fetch(site, tmp_path).stderr.splitlines()[-1]
    assert reason in message and remedy in message
    assert f"put it at {tmp_path}/downloads/digits/set-01234567 yourself" in message


def test_hub_offline(site: Site, tmp_path: Path) -> None:
    hub(site)
    for name in ("HF_HUB_OFFLINE", "RESOUND_OFFLINE"):
        message = hub_fetch(site, tmp_path, **{name: "1"}).stderr.splitlines()[-1]
        assert f"it is not there, and {name} forbids" in message
    assert not site.requests


def test_a_hub_dataset_of_parquet_files_becomes_a_corpus(site: Site, tmp_path: Path) -> None:
    """Downloaded and written as files by the script of the rule, in a process of its own."""
    rows = [make_row(n, f"clip{n}.wav", encode(n)) for n in range(3)]
    write_parquet(tmp_path / "train.parquet", rows)
    hub(site, {"data/train.parquet": (tmp_path / "train.parquet").read_bytes()})
    code = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from scripts.download_corpus import main
os.chdir(sys.argv[1])
config = json.dumps({"remote": [json.loads(sys.argv[2])]})
main(config, "1", Path("data/set/source.json"), "none", 1, print)
"""
    settings = {**HUB, "files": ["data/*.parquet"], "audio": "audio"}
    done = hub_fetch(site, tmp_path, settings, code)
    assert done.returncode == 0, done.stderr
    root = tmp_path / "data/set/remote"
    assert (root / "train/clip2.wav").read_bytes() == encode(2)
    assert len((root / "train.jsonl").read_text().splitlines()) == 3
