"""Kaggle, Google Drive and the Hugging Face hub by their own clients, against a local server.

Neither Kaggle's client nor gdown lets its address be set, so what requests would send to other
machines goes to the local one. The hub's client takes `HF_ENDPOINT`, in a process of its own.
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
from resound.data.downloads.fetch import Fetched, fetch_first
from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.lock import Lock
from resound.data.downloads.remote import Remote
from resound.errors import UserError
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


class Here:
    """A project's folder and what was said."""

    def __init__(self, root: Path) -> None:
        self.root, self.into = root, root / "downloads" / "digits"
        self.said: list[str] = []
        self.waits = Waits()

    def fetch(self, source: Remote, tries: int = 6) -> Fetched:
        lock = Lock(self.root / "downloads.lock.json")
        patience = self.waits.patience(tries=tries)
        return fetch_first([source], self.into, lock, self.said.append, patience)

    def refused(self, source: Remote, tries: int = 3) -> str:
        with pytest.raises(UserError) as caught:
            self.fetch(source, tries)
        told = str(caught.value)
        assert "\n" not in told and f"put it at {self.into / source.file_name} yourself" in told
        return told

    def words(self) -> str:
        """All that was said or written down."""
        files = [path.read_text() for path in self.root.rglob("*.json") if "home" not in str(path)]
        return "".join([*self.said, *files])


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


# Kaggle

ASK = "/api.kaggle.com/v1/datasets.DatasetApiService/DownloadDataset"
INTROSPECT = "/api.kaggle.com/v1/security.OAuthService/IntrospectToken"
SIGNED = "https://storage.googleapis.com/sets/archive.zip?X-Goog-Signature=abc123sig"
BUNDLE = "/storage.googleapis.com/sets/archive.zip"
DIGITS = Kaggle(kaggle="someone/audio-mnist", version=2)


@pytest.fixture
def kaggle(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    """Kaggle as it is: it redirects to a signed address on another host."""
    from kaggle.api.kaggle_api_extended import KaggleApi

    site.asked.clear()  # it signs in when it is imported first
    folder = tmp_path / "home" / ".kaggle"
    folder.mkdir(parents=True)
    monkeypatch.setattr(KaggleApi, "config_dir", str(folder))
    monkeypatch.setattr(KaggleApi, "config", str(folder / "kaggle.json"))
    site.on(ASK, status(302, Location=SIGNED))
    site.on(BUNDLE, whole(DATA))
    return site


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "hunter2")
    return "Basic " + base64.b64encode(b"me:hunter2").decode()


def test_kaggle_by_key(kaggle: Site, here: Here, key: str) -> None:
    found = here.fetch(DIGITS)
    assert found.path == here.into / "audio-mnist-v2.zip" and found.path.read_bytes() == DATA
    assert found.source == "kaggle:someone/audio-mnist@2"
    asked = [(path, headers.get("authorization")) for _, path, headers in kaggle.asked]
    assert (asked[0][0].rstrip("?"), asked[0][1]) == (ASK, key)
    assert all(auth is None for path, auth in asked if path.startswith(BUNDLE))
    wanted = json.loads(kaggle.bodies[0])
    assert wanted["ownerSlug"] == "someone" and wanted["datasetSlug"] == "audio-mnist"
    assert wanted["datasetVersionNumber"] == 2
    assert here.fetch(DIGITS) == found
    assert len(kaggle.asked) == len(asked)


def test_kaggle_by_file(kaggle: Site, here: Here, tmp_path: Path) -> None:
    told = {"username": "me", "key": "hunter2"}
    (tmp_path / "home" / ".kaggle" / "kaggle.json").write_text(json.dumps(told))
    assert here.fetch(DIGITS).path.read_bytes() == DATA


@pytest.mark.parametrize("by", ["environment", "file"])
def test_kaggle_by_token(
    kaggle: Site, here: Here, by: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if by == "environment":
        monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_hunter2")
    else:
        (tmp_path / "home" / ".kaggle" / "access_token").write_text("KGAT_hunter2\n")
    kaggle.on(INTROSPECT, json_of({"active": True, "username": "me"}))
    assert here.fetch(DIGITS).path.read_bytes() == DATA
    assert "Bearer KGAT_hunter2" in kaggle.header("Authorization")
    assert "hunter2" not in here.words() and "abc123sig" not in here.words()


def json_of(value: object, code: int = 200, **headers: str) -> Answer:
    return status(code, json.dumps(value).encode(), Content_Type="application/json", **headers)


def test_kaggle_is_resumed_by_a_fresh_address(kaggle: Site, here: Here, key: str) -> None:
    kaggle.on(BUNDLE, whole(DATA), whole(DATA, cut=180_000), whole(DATA))
    kaggle.on(ASK, status(302, Location=SIGNED), status(302, Location=SIGNED.replace("abc", "def")))
    assert here.fetch(DIGITS).path.read_bytes() == DATA
    assert kaggle.header("Range")[-1] == "bytes=180000-"
    assert "def123sig" in kaggle.asked[-1][1]


def test_kaggle_that_sends_itself(kaggle: Site, here: Here, key: str) -> None:
    kaggle.on(ASK, whole(DATA), whole(DATA, cut=180_000), whole(DATA))
    assert here.fetch(DIGITS).path.read_bytes() == DATA
    assert set(kaggle.header("Authorization")) == {key}
    assert {method for method, *_ in kaggle.asked} == {"POST"}


def test_kaggle_without_credentials(kaggle: Site, here: Here) -> None:
    told = here.refused(DIGITS)
    assert "no credentials that Kaggle accepts" in told
    for way in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "~/.kaggle/kaggle.json"):
        assert way in told
    assert not kaggle.asked


@pytest.mark.parametrize(
    "code, happened, remedy",
    [
        (401, "not known there", "KAGGLE_API_TOKEN"),
        (403, "refused", "datasets/someone/audio-mnist and accept its terms"),
        (404, "nothing is there", "still exists"),
        (500, "the server fails", "in a browser"),
    ],
)
def test_kaggle_refuses(
    kaggle: Site, here: Here, key: str, code: int, happened: str, remedy: str
) -> None:
    kaggle.on(ASK, json_of({"code": code, "message": "no, hunter2"}, code))
    told = here.refused(DIGITS)
    assert happened in told and remedy in told
    assert "hunter2" not in told + here.words()
    assert len(here.waits) == (2 if code == 500 else 0)


def test_kaggle_is_silent(kaggle: Site, here: Here, key: str) -> None:
    kaggle.on(ASK, kaggle.stall)
    lock = Lock(here.root / "downloads.lock.json")
    quick = type(Waits().patience())(tries=1, read_s=0.1)
    with pytest.raises(UserError, match="does not answer in time"):
        fetch_first([DIGITS], here.into, lock, here.said.append, quick)


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


def test_drive_after_its_warning(site: Site, here: Here) -> None:
    site.on(UC, page(WARNING))
    site.on(LARGE, whole(DATA, **NAMED))
    found = here.fetch(SHEMO)
    assert found.path == here.into / "shemo.zip" and found.path.read_bytes() == DATA
    asked = len(site.asked)
    assert here.fetch(SHEMO) == found and len(site.asked) == asked
    assert sorted(path.name for path in here.into.iterdir()) == [".shemo.zip.guard", "shemo.zip"]


def test_drive_is_resumed(site: Site, here: Here) -> None:
    # gdown writes half a megabyte at a time.
    site.on(UC, whole(DATA, cut=1_200_000, **NAMED), whole(DATA, **NAMED))
    told = here.refused(SHEMO, tries=1)
    assert "broke off" in told
    assert here.fetch(SHEMO).path.read_bytes() == DATA
    assert site.header("Range")[-1] == "bytes=1048576-"


def test_drive_that_changed_meanwhile_is_not_spliced(site: Site, here: Here) -> None:
    other = b"x" * len(DATA)
    site.on(UC, whole(other, '"0"', cut=1_200_000, **NAMED), whole(DATA, **NAMED))
    here.refused(SHEMO, tries=1)
    assert "damaged" in here.refused(SHEMO)
    assert here.fetch(SHEMO).path.read_bytes() == DATA


@pytest.mark.parametrize(
    "answer, happened",
    [
        (page(QUOTA), "quota"),
        (page(b"<html>Sign in</html>"), "not shared with anyone who has the link"),
        (status(404, b"<html>", Content_Type="text/html"), "nothing is there (404)"),
    ],
)
def test_drive_refuses(site: Site, here: Here, answer: Answer, happened: str) -> None:
    site.on(UC, answer)
    told = here.refused(SHEMO)
    assert happened in told and not here.waits


def test_drive_fails_for_a_while(site: Site, here: Here) -> None:
    site.on(UC, status(503), status(429, Retry_After="9"), whole(DATA, **NAMED))
    assert here.fetch(SHEMO).path.read_bytes() == DATA
    assert here.waits == [1, 9]


def test_drive_folder(site: Site, here: Here) -> None:
    ids = {name: f"{n}{'a' * 30}" for n, name in enumerate(("female.zip", "male.zip"))}
    links = "".join(
        f'<a href="https://drive.google.com/file/d/{id}/view">{name}</a>'
        for name, id in ids.items()
    )
    listing = f"<html><title>ShEMO</title>{links}</html>".encode()
    site.on("/drive.google.com/embeddedfolderview", page(listing))
    site.on(UC, whole(DATA, **NAMED))
    found = here.fetch(FOLDER)
    assert sorted(path.name for path in found.path.iterdir()) == sorted(ids)
    assert (found.path / "male.zip").read_bytes() == DATA and found.size == 2 * len(DATA)
    asked = len(site.asked)
    assert here.fetch(FOLDER) == found and len(site.asked) == asked


def test_drive_folder_that_is_not_shared(site: Site, here: Here) -> None:
    site.on("/drive.google.com/embeddedfolderview", status(403))
    assert "not shared" in here.refused(FOLDER)


# The Hugging Face hub

REVISION = "0123456789abcdef0123456789abcdef01234567"
HUB = {"hub": "some/set", "revision": REVISION}
TREE = f"/api/datasets/some/set/tree/{REVISION}"
FILES = {"a/1.wav": DATA, "list.csv": b"path\na/1.wav\n", "other.txt": b"more"}
# A process that may reach nothing but the endpoint; in it the same calls as above.
CODE = """
import json, sys
from pathlib import Path
from resound.data.downloads.fetch import fetch_first, read_source
from resound.data.downloads.lock import Lock
root, source = Path(sys.argv[1]), read_source(json.loads(sys.argv[2]))
into, lock = root / "downloads" / "digits", Lock(root / "downloads.lock.json")
found = fetch_first([source], into, lock, print)
print(json.dumps([str(found.path), found.size, found.sha256]))
"""


def hub(site: Site, files: dict[str, bytes] = FILES) -> None:
    """Some files on the hub; the large one by its sum."""
    entries = []
    for path, data in files.items():
        digest = sha256(data).hexdigest()
        entry = {"type": "file", "oid": "0" * 40, "size": len(data), "path": path}
        if len(data) > 1000:
            entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 130}
        entries.append(entry)
        resolve = f"/datasets/some/set/resolve/{REVISION}/{path}"
        site.on(resolve, whole(data, f'"{digest}"', X_Repo_Commit=REVISION))
    site.on(TREE, json_of(entries))


def hub_fetch(
    site: Site, root: Path, told: dict[str, object] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "RESOUND"))}
    own = {"HF_ENDPOINT": site.url(""), "HF_HOME": str(root / "hf"), "HF_TOKEN": "hf_hunter2"}
    return subprocess.run(
        [sys.executable, "-c", CODE, str(root), json.dumps(told or HUB)],
        cwd=ROOT,
        env=kept | own | environment,
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
    # Again, where the network is forbidden.
    asked = len(site.asked)
    again = hub_fetch(site, tmp_path, HF_HUB_OFFLINE="1")
    assert json.loads(again.stdout.splitlines()[-1]) == [path, size, digest]
    assert len(site.asked) == asked
    # A file that is lost is seen.
    (Path(path) / "list.csv").unlink()
    assert "SHA-256" in hub_fetch(site, tmp_path).stderr


def test_hub_files_by_pattern(site: Site, tmp_path: Path) -> None:
    hub(site)
    done = hub_fetch(site, tmp_path, {**HUB, "files": ["*.wav", "*.csv"]})
    folder = Path(json.loads(done.stdout.splitlines()[-1])[0])
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {"a/1.wav", "list.csv"}


def test_hub_that_breaks_off_is_not_taken_for_whole(site: Site, tmp_path: Path) -> None:
    hub(site)
    csv = f"/datasets/some/set/resolve/{REVISION}/list.csv"
    site.on(csv, status(403))
    done = hub_fetch(site, tmp_path)
    assert "UserError: hub:datasets/some/set@" in done.stderr
    assert not (tmp_path / "downloads" / "digits" / "set-01234567").exists()
    hub(site)
    asked = len(site.asked)
    assert hub_fetch(site, tmp_path).returncode == 0
    assert not [p for m, p, _ in site.asked[asked:] if m == "GET" and p.endswith("1.wav")]


def test_hub_bytes_that_are_others_are_refused(site: Site, tmp_path: Path) -> None:
    hub(site)
    other = whole(DATA[::-1], f'"{sha256(DATA).hexdigest()}"', X_Repo_Commit=REVISION)
    site.on(f"/datasets/some/set/resolve/{REVISION}/a/1.wav", other)
    assert "'a/1.wav' is not what the hub says" in hub_fetch(site, tmp_path).stderr


@pytest.mark.parametrize(
    "code, headers, happened, remedy",
    [
        (403, {"X_Error_Code": "GatedRepo"}, "refused (403)", "accept its terms at"),
        (404, {"X_Error_Code": "RevisionNotFound"}, "nothing is there (404)", "has the commit"),
        (401, {"X_Error_Code": "RepoNotFound"}, "(401)", "hf auth login"),
    ],
)
def test_hub_refuses(
    site: Site, tmp_path: Path, code: int, headers: dict[str, str], happened: str, remedy: str
) -> None:
    site.on(TREE, json_of({"error": "no"}, code, **headers))
    told = hub_fetch(site, tmp_path).stderr.splitlines()[-1]
    assert happened in told and remedy in told
    assert f"put it at {tmp_path}/downloads/digits/set-01234567 yourself" in told


def test_hub_offline(site: Site, tmp_path: Path) -> None:
    hub(site)
    for name in ("HF_HUB_OFFLINE", "RESOUND_OFFLINE"):
        told = hub_fetch(site, tmp_path, **{name: "1"}).stderr.splitlines()[-1]
        assert f"it is not here, and {name} forbids" in told
    assert not site.asked
