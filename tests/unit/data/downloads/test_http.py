"""Downloads by HTTP from a server that interrupts, sends wrong data, redirects and fails."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from queue import Queue
from time import monotonic, sleep

import numpy as np
import pytest

from resound.data.downloads.checksums import checksum_of
from resound.data.downloads.errors import describe
from resound.data.downloads.fetch import Download, fetch_first, parse_source
from resound.data.downloads.github import GitHub
from resound.data.downloads.lock import DownloadLock
from resound.data.downloads.multi_part import Parts
from resound.data.downloads.remote import Remote
from resound.data.downloads.retry import ByteCounter, RetryPolicy
from resound.data.downloads.url import Url
from resound.errors import UserError
from tests.helpers.site import Answer, Site, Waits, chunked, running, status, whole

ROOT = Path(__file__).resolve().parents[4]
DATA = np.random.default_rng(0).bytes(300_000)
OTHER = np.random.default_rng(1).bytes(300_000)


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("a/1.wav", data)
    return out.getvalue()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("RESOUND_OFFLINE", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with running() as site:
        yield site


class Project:
    """A project folder and the progress reported in it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "downloads" / "digits"
        self.lock = DownloadLock(root / "downloads.lock.json")
        self.progress: list[str] = []
        self.waits = Waits()

    def fetch(self, source: Remote, **settings: object) -> Download:
        policy = self.waits.policy(**settings)
        return fetch_first([source], self.folder, self.lock, self.progress.append, policy)

    def failure(self, source: Url, **settings: object) -> str:
        """Return the one-line message of a failed fetch, which must not leave a file."""
        target = self.folder / source.file_name
        existed = target.exists()
        with pytest.raises(UserError) as caught:
            self.fetch(source, **settings)
        message = str(caught.value)
        assert "\n" not in message
        assert f"put it at {target} yourself" in message
        assert target.exists() == existed
        return message


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_file_is_downloaded_once_and_locked(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    download = project.fetch(source)
    assert download.path.read_bytes() == DATA
    assert (download.size, download.sha256) == (len(DATA), sha256(DATA).hexdigest())
    entry = {"size": download.size, "sha256": download.sha256}
    assert json.loads(project.lock.path.read_text()) == {"digits/a.bin": {str(source): entry}}
    assert project.fetch(source) == download
    assert len(site.requests) == 1
    assert not list(project.folder.glob("*.part*"))


def test_an_interruption_is_resumed(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), whole(DATA, cut=50_000), whole(DATA))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, "bytes=180000-", "bytes=230000-"]
    assert site.header("If-Range") == [None, '"1"', '"1"']
    assert site.header("Accept-Encoding") == ["identity"] * 3


def test_a_later_run_resumes_an_earlier_download(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), whole(DATA))
    source = Url(url=site.url("/a.bin"))
    assert "closed the connection" in project.failure(source, attempts=1)
    assert project.fetch(source).path.read_bytes() == DATA
    assert site.header("Range") == [None, "bytes=180000-"]


def test_a_killed_run_is_resumed(site: Site, project: Project) -> None:
    data = DATA * 4

    def half(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.send_header("ETag", '"1"')
        request.end_headers()
        request.wfile.write(data[:600_000])
        site.stall(request)

    site.on("/a.bin", half, whole(data))
    code = (
        "import sys; from pathlib import Path; from resound.data.downloads.fetch import *;"
        "fetch_first([Url(url=sys.argv[1])], Path(sys.argv[2]),"
        "DownloadLock(Path(sys.argv[3])), print)"
    )
    source, partial = Url(url=site.url("/a.bin")), project.folder / ".a.bin.part"
    arguments = [source.url, str(project.folder), str(project.lock.path)]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT) as run:
        while not partial.exists() or partial.stat().st_size < 2**19:
            assert run.poll() is None
            sleep(0.01)
        run.kill()
    assert project.fetch(source).path.read_bytes() == data
    assert site.header("Range") == [None, f"bytes={2**19}-"]


def test_a_complete_partial_file_is_not_requested_again(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    project.folder.mkdir(parents=True)
    (project.folder / ".a.bin.part").write_bytes(DATA)
    note = {"source": str(source), "validator": '"1"', "total": len(DATA)}
    (project.folder / ".a.bin.part.json").write_text(json.dumps(note))
    assert project.fetch(source).path.read_bytes() == DATA
    assert not site.requests


def test_a_server_that_sends_smaller_ranges_gets_more_requests(
    site: Site, project: Project
) -> None:
    def send_range(request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        body = DATA[start : start + 100_000]
        content_range = f"bytes {start}-{start + len(body) - 1}/{len(DATA)}"
        status(206, body, Content_Range=content_range, ETag='"1"')(request)

    site.on("/a.bin", whole(DATA, cut=90_000), send_range)
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    ranges = [None, "bytes=90000-", "bytes=190000-", "bytes=290000-"]
    assert site.header("Range") == ranges


@pytest.mark.parametrize(
    "second",
    [
        whole(OTHER, etag='"2"'),  # detects the change and sends the complete file
        whole(OTHER, etag='"2"', if_range=False),  # sends the rest of the new version
        whole(OTHER, etag='"2"', ranges=False),
    ],
    ids=["if-range", "no if-range", "no ranges"],
)
def test_a_file_that_changes_is_never_spliced(site: Site, project: Project, second: Answer) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), second)
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == OTHER


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_strong_etag_it_starts_again(
    site: Site, project: Project, etag: str | None
) -> None:
    site.on("/a.bin", whole(DATA, etag, cut=180_000), whole(DATA, etag))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, None]


def test_a_date_identifies_versions_too(site: Site, project: Project) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    answer = whole(DATA, None, if_range=False, Last_Modified=date)
    site.on("/a.bin", whole(DATA, None, cut=180_000, Last_Modified=date), answer)
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("If-Range") == [None, date]


def test_a_server_that_ignores_ranges_sends_everything_again(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA, ranges=False, cut=180_000), whole(DATA, ranges=False))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA


def test_a_partial_file_of_another_address_is_not_used(site: Site, project: Project) -> None:
    site.on("/1/a.bin", whole(OTHER, cut=180_000))
    site.on("/2/a.bin", whole(DATA))
    project.failure(Url(url=site.url("/1/a.bin")), attempts=1)
    assert project.fetch(Url(url=site.url("/2/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, None]


def test_a_length_that_is_too_large_is_an_error(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA, length=400_000))
    message = project.failure(Url(url=site.url("/a.bin")), attempts=3)
    assert "closed the connection" in message or "of 400000 bytes" in message
    assert len(site.requests) < 10
    assert not project.lock.path.exists()


def test_a_length_that_is_too_small_is_detected_in_the_archive(
    site: Site, project: Project
) -> None:
    data = zipped(DATA)
    site.on("/a.zip", whole(data, length=len(data) - 1000))
    assert "neither a zip nor a tar" in project.failure(Url(url=site.url("/a.zip")))
    assert not project.lock.path.exists()


def test_a_chunked_body_must_have_its_end(site: Site, project: Project) -> None:
    site.on("/a.bin", chunked(DATA[:1000], ends=False), chunked(DATA))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA


@pytest.mark.parametrize("kind", ["text/html", "application/zip"])
def test_a_web_page_is_not_an_archive(site: Site, project: Project, kind: str) -> None:
    page = b"\n<!DOCTYPE html><html>Sign in first</html>"
    site.on("/a.zip", whole(page, kind=kind))
    assert "web page instead" in project.failure(Url(url=site.url("/a.zip")))
    assert len(site.requests) == 1


def test_a_redirect_to_another_host_gets_no_password(site: Site, project: Project) -> None:
    site.on("/a.bin", status(302, Location=site.url("/b?token=abc", host="localhost")))
    site.on("/b", whole(DATA, cut=180_000), whole(DATA))
    url = site.url("/a.bin").replace("http://", "http://me:secret@")
    assert project.fetch(Url(url=url)).path.read_bytes() == DATA
    hosts = [(str(host).split(":")[0], auth) for host, auth in zip(*map(site.header, HOST_AUTH))]
    assert [host for host, _ in hosts] == ["127.0.0.1", "localhost"] * 2
    assert all((auth is None) == (host == "localhost") for host, auth in hosts)
    assert site.header("Range")[-1] == "bytes=180000-"


HOST_AUTH = ("Host", "Authorization")


@pytest.mark.parametrize("code, reason", [(404, "not found"), (403, "access is refused")])
def test_a_permanent_failure_is_not_retried(
    site: Site, project: Project, code: int, reason: str
) -> None:
    site.on("/a.bin", status(code))
    assert reason in project.failure(Url(url=site.url("/a.bin")))
    assert len(site.requests) == 1 and not project.waits


def test_a_transient_failure_is_retried_with_growing_waits(site: Site, project: Project) -> None:
    site.on("/a.bin", status(500), status(503), status(500), whole(DATA))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert project.waits == [1, 2, 4]


def test_retries_end(site: Site, project: Project) -> None:
    site.on("/a.bin", status(500))
    assert "server error (500)" in project.failure(Url(url=site.url("/a.bin")), attempts=4)
    assert len(site.requests) == 4 and project.waits == [1, 2, 4]


def test_jitter_is_half_of_the_wait(site: Site, project: Project) -> None:
    waits = Waits()
    for number in (0.0, 1.0):
        policy = RetryPolicy(sleep=waits.append, random=lambda number=number: number)
        policy.wait(3, Exception("any"), project.progress.append)
    assert waits == [2, 4]


def test_it_waits_as_long_as_the_server_requests(site: Site, project: Project) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    site.on("/a.bin", status(429, Retry_After="7"), status(503, Retry_After=later), whole(DATA))
    assert project.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert project.waits[0] == 7 and 60 < project.waits[1] <= 90


def test_it_does_not_wait_for_hours(site: Site, project: Project) -> None:
    site.on("/a.bin", status(429, Retry_After="3600"))
    message = project.failure(Url(url=site.url("/a.bin")))
    assert "too many requests" in message and "no request for 3600 s" in message
    assert not project.waits


def test_a_server_that_does_not_respond_is_an_error(site: Site, project: Project) -> None:
    site.on("/a.bin", site.stall)
    policy = RetryPolicy(attempts=2, read_timeout_s=0.1, sleep=project.waits.append)
    source = Url(url=site.url("/a.bin"))
    with pytest.raises(UserError, match="does not respond in time"):
        fetch_first([source], project.folder, project.lock, project.progress.append, policy)
    assert len(site.requests) == 2


def test_a_server_that_is_down_is_an_error(site: Site, project: Project) -> None:
    with running() as stopped:
        url = stopped.url("/a.bin")
    assert "cannot be reached" in project.failure(Url(url=url), attempts=2)


def test_progress_is_reported_at_intervals(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA * 10, pieces=50))
    seconds = count()
    project.fetch(Url(url=site.url("/a.bin")), clock=lambda: float(next(seconds)))
    lines = [line for line in project.progress if line.startswith("a.bin: ")]
    assert lines and all(" of 3.0 MB (" in line and line.endswith("B/s") for line in lines)
    # At most one line in five seconds of this clock, which ticks once per chunk.
    assert len(lines) <= next(seconds) / 5


def test_the_growth_of_a_folder_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ByteCounter, "INTERVAL_S", 0.01)
    (tmp_path / "a").write_bytes(DATA)
    lines = Queue[str]()
    with ByteCounter("set", lines.put, monotonic).watch(tmp_path, 2 * len(DATA)):
        assert lines.get(timeout=10).startswith("set: 300.0 kB of 600.0 kB (50%), ")


def test_messages_of_libraries_are_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_hunter2")
    message = (
        "HTTPSConnectionPool(host='x.org'): Max retries exceeded with url: /f?sig=abc123sig\n"
        "GET https://me:topsecret@x.org/f?token=abc123sig failed, Authorization: Bearer topsecret,"
        " api_key=topsecret, hf_hunter2"
    )
    description = describe(RuntimeError(message))
    assert "\n" not in description and "https://x.org/f" in description
    assert not [secret for secret in SECRETS if secret in description]


def test_a_disk_that_is_too_small_is_an_error_before_the_download(
    site: Site, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(ROOT)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20))
    site.on("/a.bin", whole(DATA))
    message = project.failure(Url(url=site.url("/a.bin")))
    assert "not enough disk space" in message
    assert "300.0 kB" in message and "free some" in message


def test_configured_checksums_and_sizes_are_verified(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA))
    url = site.url("/a.bin")
    assert "SHA-256" in project.failure(Url(url=url, sha256="0" * 64))
    assert "300000 bytes where 7" in project.failure(Url(url=url, size=7))
    project.fetch(Url(url=url, size=len(DATA), sha256=sha256(DATA).hexdigest()))


def test_another_machine_gets_the_same_bytes_or_an_error(
    site: Site, project: Project, tmp_path: Path
) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    project.fetch(source)
    other = Project(tmp_path / "other")
    other.lock = project.lock
    assert other.fetch(source).path.read_bytes() == DATA
    shutil.rmtree(other.folder)
    site.on("/a.bin", whole(OTHER, etag='"2"'))
    message = other.failure(source)
    assert sha256(OTHER).hexdigest() in message and sha256(DATA).hexdigest() in message
    assert "remove its entry" in message


def test_the_lock_is_sorted_and_written_concurrently(site: Site, project: Project) -> None:
    names = [f"{n}.bin" for n in range(12)]
    for name in names:
        site.on(f"/{name}", whole(DATA))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: project.fetch(Url(url=site.url(f"/{n}"))), reversed(names)))
    places = list(json.loads(project.lock.path.read_text()))
    assert places == sorted(f"digits/{name}" for name in names)


def test_concurrent_fetches_download_once(site: Site, project: Project) -> None:
    site.on("/a.bin", whole(DATA, pieces=20))
    with ThreadPoolExecutor(4) as pool:
        downloads = list(pool.map(project.fetch, [Url(url=site.url("/a.bin"))] * 4))
    assert len(set(downloads)) == 1 and len(site.requests) == 1


def test_a_damaged_lock_is_an_error(site: Site, project: Project) -> None:
    project.lock.path.write_text('{"digits/a.bin": 3}')
    site.on("/a.bin", whole(DATA))
    with pytest.raises(UserError, match="is not a valid list of downloads"):
        project.fetch(Url(url=site.url("/a.bin")))


def test_a_file_that_the_user_put_there_is_used(site: Site, project: Project) -> None:
    project.folder.mkdir(parents=True)
    (project.folder / "a.zip").write_bytes(zipped(DATA))
    assert project.fetch(Url(url=site.url("/a.zip"))).size == len(zipped(DATA))
    assert not site.requests and project.lock.path.exists()


@pytest.mark.parametrize("data", [b"<html>sign in</html>", zipped(DATA)[:9999], b"hello"])
def test_a_wrong_file_of_the_user_is_an_error_and_kept(
    site: Site, project: Project, data: bytes
) -> None:
    project.folder.mkdir(parents=True)
    (project.folder / "a.zip").write_bytes(data)
    assert "remove it" in project.failure(Url(url=site.url("/a.zip")))
    assert (project.folder / "a.zip").read_bytes() == data
    assert not project.lock.path.exists()


def test_the_file_of_an_earlier_source_is_not_used_for_a_new_one(
    site: Site, project: Project
) -> None:
    site.on("/v1/a.bin", whole(DATA))
    site.on("/v2/a.bin", whole(OTHER))
    project.fetch(Url(url=site.url("/v1/a.bin")))
    assert project.fetch(Url(url=site.url("/v2/a.bin"))).path.read_bytes() == OTHER


SECRETS = ("hunter2", "abc123sig", "topsecret")


@pytest.mark.parametrize(
    "answers",
    [
        [status(404)],
        [status(403)],
        [status(500)],
        [status(302, Location="http://127.0.0.1:9/?X-Amz-Signature=abc123sig")],
        [whole(b"<html>")],
        [whole(DATA, None, cut=100)],
        [whole(DATA, cut=180_000), whole(DATA)],
    ],
    ids=["404", "403", "500", "unreachable", "page", "cut", "success"],
)
def test_secrets_in_an_address_are_neither_shown_nor_stored(
    site: Site, project: Project, answers: list[Answer], capfd: pytest.CaptureFixture[str]
) -> None:
    site.on("/a.bin", *answers)
    url = site.url("/a.bin?X-Amz-Signature=abc123sig&token=topsecret#hunter2")
    source = Url(url=url.replace("http://", "http://me:hunter2@"))
    try:
        project.fetch(source, attempts=2)
        message = ""
    except UserError as error:
        message = str(error)
        assert error.__context__ is None and error.__cause__ is None
    files = [path.read_text() for path in project.folder.parent.parent.rglob("*.json")]
    output = "".join([message, str(source), *project.progress, *files, *capfd.readouterr()])
    assert not [secret for secret in SECRETS if secret in output]
    assert "X-Amz-Signature=abc123sig" in site.requests[0][1]


@pytest.mark.parametrize("name", ["RESOUND_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_nothing_is_requested(
    site: Site, project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    assert f"it is not there, and {name} forbids" in project.failure(source)
    assert not site.requests
    (project.folder / "a.bin").write_bytes(DATA)
    assert project.fetch(source).path.read_bytes() == DATA


def fetch_any(project: Project, *sources: Url | GitHub) -> Download:
    policy = project.waits.policy()
    return fetch_first(sources, project.folder, project.lock, project.progress.append, policy)


def test_the_first_available_source_is_used(site: Site, project: Project) -> None:
    site.on("/b.bin", whole(DATA))
    missing, available = Url(url=site.url("/a.bin")), Url(url=site.url("/b.bin"))
    assert fetch_any(project, missing, available).source == str(available)
    assert any(line.startswith(f"{missing}: not found") for line in project.progress)
    # An existing file is preferred to a download.
    requests = len(site.requests)
    assert fetch_any(project, missing, available).source == str(available)
    assert len(site.requests) == requests


def test_a_wrong_file_is_read_and_reported_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    function = "resound.data.downloads.fetch.checksum_of"
    monkeypatch.setattr(function, lambda path: read.append(path) or checksum_of(path))
    project.folder.mkdir(parents=True)
    (project.folder / "a.bin").write_bytes(DATA)
    with pytest.raises(UserError, match="remove it"):
        fetch_any(project, Url(url="https://nowhere.invalid/a.bin", sha256="0" * 64))
    assert read == [project.folder / "a.bin"]
    assert len(project.progress) == 1


def test_without_any_source_each_reason_is_reported(site: Site, project: Project) -> None:
    site.on("/b.zip", whole(b"<html>"))
    with pytest.raises(UserError) as caught:
        fetch_any(project, Url(url=site.url("/a.bin")), Url(url=site.url("/b.zip")))
    head, one, two = str(caught.value).splitlines()
    assert head == "none of 2 sources can be used:"
    assert one.startswith("- http") and "not found (404)" in one and "/a.bin yoursel" in one
    assert "web page" in two and f"{project.folder}/b.zip yourself" in two


def test_a_commit_on_github(site: Site, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr("resound.data.downloads.github._SITE", site.url("").rstrip("/"))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("FarsTail/a.csv", b"x" * 1000)
    path = f"/dml-qom/FarsTail/archive/{revision}.tar.gz"
    site.on(path, status(302, Location=site.url("/codeload", host="localhost")))
    site.on("/codeload", chunked(archive.getvalue()))
    source = GitHub(github="dml-qom/FarsTail", revision=revision)
    assert fetch_any(project, source).path == project.folder / "FarsTail-01234567.tar.gz"


def test_sources_are_parsed_from_settings() -> None:
    settings = {"url": "https://a.org/b.zip", "name": None, "sha256": None, "size": 3}
    assert parse_source(settings) == Url(url="https://a.org/b.zip", size=3)
    revision = "0" * 40
    assert parse_source({"github": "a/b", "revision": revision}) == GitHub(
        github="a/b", revision=revision
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://a.org/b"},
        {"url": "https://a.org/"},
        {"url": "https://a.org/b", "name": "../b"},
        {"url": "https://a.org/b", "sha256": "abc"},
        {"github": "a/b", "revision": "main"},
        {"github": "b", "revision": "0" * 40},
        {"kaggle": "b"},
        {"drive": "https://drive.google.com/file/d/abc"},
        {"hub": "a/b", "revision": "main"},
    ],
)
def test_invalid_sources_are_rejected(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="' is not "):
        parse_source(settings)


def test_libraries_are_imported_only_when_needed() -> None:
    code = (
        "import sys, resound.data.downloads.fetch;"
        "print(*{'requests', 'kaggle', 'gdown', 'huggingface_hub', 'filelock'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


FEMALE, MALE = zipped(DATA), zipped(OTHER)


def parts_of(site: Site) -> Parts:
    contents = {"female.zip": FEMALE, "male.zip": MALE}
    urls = [
        Url(url=site.url(f"/{name}"), sha256=sha256(data).hexdigest())
        for name, data in contents.items()
    ]
    return Parts(name="ShEMO", parts=urls)


def test_parts_are_downloaded_together_and_resumed(site: Site, project: Project) -> None:
    site.on("/female.zip", whole(FEMALE))
    site.on("/male.zip", status(404))
    source = parse_source(asdict(parts_of(site)))
    with pytest.raises(UserError, match="404"):
        project.fetch(source)
    assert not (project.folder / "ShEMO").exists()
    site.on("/male.zip", whole(MALE))
    download = project.fetch(source)
    assert download.size == len(FEMALE) + len(MALE)
    assert (download.path / "female.zip").read_bytes() == FEMALE
    assert sum(path == "/female.zip" for _, path, _ in site.requests) == 1


def test_a_part_with_another_checksum_is_rejected(site: Site, project: Project) -> None:
    site.on("/female.zip", whole(FEMALE))
    site.on("/male.zip", whole(FEMALE))
    with pytest.raises(UserError, match=rf"male\.zip has {len(FEMALE)} bytes and the SHA-256"):
        project.fetch(parts_of(site))
    assert not (project.folder / "ShEMO").exists()
