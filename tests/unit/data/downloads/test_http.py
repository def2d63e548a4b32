"""Files by HTTP from a server that breaks off, lies, moves and fails."""

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

from resound.data.downloads.checksums import sum_of
from resound.data.downloads.errors import in_words
from resound.data.downloads.fetch import Fetched, fetch_first, read_source
from resound.data.downloads.github import GitHub
from resound.data.downloads.lock import Lock
from resound.data.downloads.multi_part import Parts
from resound.data.downloads.remote import Remote
from resound.data.downloads.retry import ByteCounter
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


class Here:
    """A project's folder and what was said."""

    def __init__(self, root: Path) -> None:
        self.into = root / "downloads" / "digits"
        self.lock = Lock(root / "downloads.lock.json")
        self.said: list[str] = []
        self.waits = Waits()

    def fetch(self, source: Remote, **patience: object) -> Fetched:
        return fetch_first(
            [source], self.into, self.lock, self.said.append, self.waits.patience(**patience)
        )

    def refused(self, source: Url, **patience: object) -> str:
        """The one line that a source is refused with; nothing lies at its place then."""
        there = (self.into / source.file_name).exists()
        with pytest.raises(UserError) as caught:
            self.fetch(source, **patience)
        assert "\n" not in str(caught.value)
        assert f"put it at {self.into / source.file_name} yourself" in str(caught.value)
        assert (self.into / source.file_name).exists() == there
        return str(caught.value)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_file_comes_and_is_written_down_and_comes_once(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    found = here.fetch(source)
    assert found.path.read_bytes() == DATA
    assert (found.size, found.sha256) == (len(DATA), sha256(DATA).hexdigest())
    written = {"digits/a.bin": {str(source): {"size": found.size, "sha256": found.sha256}}}
    assert json.loads(here.lock.path.read_text()) == written
    assert here.fetch(source) == found
    assert len(site.asked) == 1
    assert not list(here.into.glob("*.part*"))


def test_a_break_is_resumed(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), whole(DATA, cut=50_000), whole(DATA))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, "bytes=180000-", "bytes=230000-"]
    assert site.header("If-Range") == [None, '"1"', '"1"']
    assert site.header("Accept-Encoding") == ["identity"] * 3


def test_a_later_run_resumes_what_an_earlier_one_left(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), whole(DATA))
    source = Url(url=site.url("/a.bin"))
    assert "breaks off" in here.refused(source, tries=1)
    assert here.fetch(source).path.read_bytes() == DATA
    assert site.header("Range") == [None, "bytes=180000-"]


def test_a_killed_run_is_resumed_too(site: Site, here: Here) -> None:
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
        "fetch_first([Url(url=sys.argv[1])], Path(sys.argv[2]), Lock(Path(sys.argv[3])), print)"
    )
    source, part = Url(url=site.url("/a.bin")), here.into / ".a.bin.part"
    told = [source.url, str(here.into), str(here.lock.path)]
    with subprocess.Popen([sys.executable, "-c", code, *told], cwd=ROOT) as run:
        while not part.exists() or part.stat().st_size < 2**19:
            assert run.poll() is None
            sleep(0.01)
        run.kill()
    assert here.fetch(source).path.read_bytes() == data
    assert site.header("Range") == [None, f"bytes={2**19}-"]


def test_a_part_that_came_whole_is_not_asked_for_again(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    here.into.mkdir(parents=True)
    (here.into / ".a.bin.part").write_bytes(DATA)
    note = {"source": str(source), "validator": '"1"', "total": len(DATA)}
    (here.into / ".a.bin.part.json").write_text(json.dumps(note))
    assert here.fetch(source).path.read_bytes() == DATA
    assert not site.asked


def test_a_server_that_sends_smaller_pieces_is_asked_for_more(site: Site, here: Here) -> None:
    def piece(request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        body = DATA[start : start + 100_000]
        told = f"bytes {start}-{start + len(body) - 1}/{len(DATA)}"
        status(206, body, Content_Range=told, ETag='"1"')(request)

    site.on("/a.bin", whole(DATA, cut=90_000), piece)
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    ranges = [None, "bytes=90000-", "bytes=190000-", "bytes=290000-"]
    assert site.header("Range") == ranges


@pytest.mark.parametrize(
    "second",
    [
        whole(OTHER, etag='"2"'),  # sees that it changed, and sends the whole
        whole(OTHER, etag='"2"', if_range=False),  # sends the rest of the other version
        whole(OTHER, etag='"2"', ranges=False),
    ],
    ids=["if-range", "no if-range", "no ranges"],
)
def test_a_file_that_changes_meanwhile_is_never_spliced(
    site: Site, here: Here, second: Answer
) -> None:
    site.on("/a.bin", whole(DATA, cut=180_000), second)
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == OTHER


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_strong_tag_it_begins_again(site: Site, here: Here, etag: str | None) -> None:
    site.on("/a.bin", whole(DATA, etag, cut=180_000), whole(DATA, etag))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, None]


def test_a_date_tells_versions_too(site: Site, here: Here) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    answer = whole(DATA, None, if_range=False, Last_Modified=date)
    site.on("/a.bin", whole(DATA, None, cut=180_000, Last_Modified=date), answer)
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert site.header("If-Range") == [None, date]


def test_a_server_that_ignores_ranges_sends_all_again(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA, ranges=False, cut=180_000), whole(DATA, ranges=False))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA


def test_a_part_of_another_address_is_not_used(site: Site, here: Here) -> None:
    site.on("/1/a.bin", whole(OTHER, cut=180_000))
    site.on("/2/a.bin", whole(DATA))
    here.refused(Url(url=site.url("/1/a.bin")), tries=1)
    assert here.fetch(Url(url=site.url("/2/a.bin"))).path.read_bytes() == DATA
    assert site.header("Range") == [None, None]


def test_a_length_that_never_comes_true_is_given_up(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA, length=400_000))
    told = here.refused(Url(url=site.url("/a.bin")), tries=3)
    assert "breaks off" in told or "of 400000 bytes" in told
    assert len(site.asked) < 10
    assert not here.lock.path.exists()


def test_a_length_that_is_too_small_is_seen_by_the_archive(site: Site, here: Here) -> None:
    data = zipped(DATA)
    site.on("/a.zip", whole(data, length=len(data) - 1000))
    told = here.refused(Url(url=site.url("/a.zip")))
    assert "neither a zip nor a tar" in told
    assert not here.lock.path.exists()


def test_chunked_bodies_end_where_they_say(site: Site, here: Here) -> None:
    site.on("/a.bin", chunked(DATA[:1000], ends=False), chunked(DATA))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA


@pytest.mark.parametrize("kind", ["text/html", "application/zip"])
def test_a_web_page_is_no_archive(site: Site, here: Here, kind: str) -> None:
    page = b"\n<!DOCTYPE html><html>Sign in first</html>"
    site.on("/a.zip", whole(page, kind=kind))
    assert "web page instead" in here.refused(Url(url=site.url("/a.zip")))
    assert len(site.asked) == 1


def test_it_moved_to_another_host_which_hears_no_password(site: Site, here: Here) -> None:
    site.on("/a.bin", status(302, Location=site.url("/b?token=abc", host="localhost")))
    site.on("/b", whole(DATA, cut=180_000), whole(DATA))
    url = site.url("/a.bin").replace("http://", "http://me:secret@")
    assert here.fetch(Url(url=url)).path.read_bytes() == DATA
    hosts = [(str(host).split(":")[0], auth) for host, auth in zip(*map(site.header, HOST_AUTH))]
    assert [host for host, _ in hosts] == ["127.0.0.1", "localhost"] * 2
    assert all((auth is None) == (host == "localhost") for host, auth in hosts)
    assert site.header("Range")[-1] == "bytes=180000-"


HOST_AUTH = ("Host", "Authorization")


@pytest.mark.parametrize("code, words", [(404, "nothing is there"), (403, "access is refused")])
def test_what_will_not_pass_is_not_tried_again(
    site: Site, here: Here, code: int, words: str
) -> None:
    site.on("/a.bin", status(code))
    assert words in here.refused(Url(url=site.url("/a.bin")))
    assert len(site.asked) == 1 and not here.waits


def test_what_may_pass_is_tried_ever_later(site: Site, here: Here) -> None:
    site.on("/a.bin", status(500), status(503), status(500), whole(DATA))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert here.waits == [1, 2, 4]


def test_it_gives_up(site: Site, here: Here) -> None:
    site.on("/a.bin", status(500))
    assert "the server fails (500)" in here.refused(Url(url=site.url("/a.bin")), tries=4)
    assert len(site.asked) == 4 and here.waits == [1, 2, 4]


def test_jitter_is_half_of_the_wait(site: Site, here: Here) -> None:
    patience = Waits().patience()
    waits = Waits()
    for chance in (0.0, 1.0):
        told = type(patience)(sleep=waits.append, chance=lambda chance=chance: chance)
        told.wait(3, Exception("any"), here.said.append)
    assert waits == [2, 4]


def test_it_waits_as_long_as_it_is_asked_to(site: Site, here: Here) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    site.on("/a.bin", status(429, Retry_After="7"), status(503, Retry_After=later), whole(DATA))
    assert here.fetch(Url(url=site.url("/a.bin"))).path.read_bytes() == DATA
    assert here.waits[0] == 7 and 60 < here.waits[1] <= 90


def test_it_does_not_wait_for_hours(site: Site, here: Here) -> None:
    site.on("/a.bin", status(429, Retry_After="3600"))
    told = here.refused(Url(url=site.url("/a.bin")))
    assert "asked too often" in told and "not before 3600 s" in told
    assert not here.waits


def test_silence_ends(site: Site, here: Here) -> None:
    site.on("/a.bin", site.stall)
    patience = Waits().patience(tries=2)
    quick = type(patience)(tries=2, read_s=0.1, sleep=here.waits.append)
    with pytest.raises(UserError, match="does not answer in time"):
        fetch_first([Url(url=site.url("/a.bin"))], here.into, here.lock, here.said.append, quick)
    assert len(site.asked) == 2


def test_nobody_at_home(site: Site, here: Here) -> None:
    with running() as gone:
        url = gone.url("/a.bin")
    assert "cannot be reached" in here.refused(Url(url=url), tries=2)


def test_progress_is_told_now_and_then(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA * 10, pieces=50))
    seconds = count()
    here.fetch(Url(url=site.url("/a.bin")), clock=lambda: float(next(seconds)))
    told = [line for line in here.said if line.startswith("a.bin: ")]
    assert told and all(" of 3.0 MB (" in line and line.endswith("B/s") for line in told)
    # A line every fifth second by this clock, which ticks once a chunk.
    assert len(told) <= next(seconds) / 5


def test_a_folder_that_grows_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ByteCounter, "EVERY_S", 0.01)
    (tmp_path / "a").write_bytes(DATA)
    told = Queue[str]()
    with ByteCounter("set", told.put, monotonic).watching(tmp_path, 2 * len(DATA)):
        assert told.get(timeout=10).startswith("set: 300.0 kB of 600.0 kB (50%), ")


def test_what_libraries_say_is_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_hunter2")
    said = (
        "HTTPSConnectionPool(host='x.org'): Max retries exceeded with url: /f?sig=abc123sig\n"
        "GET https://me:topsecret@x.org/f?token=abc123sig failed, Authorization: Bearer topsecret,"
        " api_key=topsecret, hf_hunter2"
    )
    told = in_words(RuntimeError(said))
    assert "\n" not in told and "https://x.org/f" in told
    assert not [secret for secret in SECRETS if secret in told]


def test_a_disk_that_is_too_small_is_told_before(
    site: Site, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(ROOT)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2**20))
    site.on("/a.bin", whole(DATA))
    told = here.refused(Url(url=site.url("/a.bin")))
    assert "no room" in told and "300.0 kB" in told and "make room" in told


def test_sums_and_sizes_that_are_known_are_held(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA))
    url = site.url("/a.bin")
    assert "SHA-256" in here.refused(Url(url=url, sha256="0" * 64))
    assert "300000 bytes where 7" in here.refused(Url(url=url, size=7))
    here.fetch(Url(url=url, size=len(DATA), sha256=sha256(DATA).hexdigest()))


def test_another_machine_gets_the_same_or_an_error(site: Site, here: Here, tmp_path: Path) -> None:
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    here.fetch(source)
    other = Here(tmp_path / "other")
    other.lock = here.lock
    assert other.fetch(source).path.read_bytes() == DATA
    shutil.rmtree(other.into)
    site.on("/a.bin", whole(OTHER, etag='"2"'))
    told = other.refused(source)
    assert sha256(OTHER).hexdigest() in told and sha256(DATA).hexdigest() in told
    assert "remove its entry" in told


def test_the_lock_is_sorted_and_takes_many_at_once(site: Site, here: Here) -> None:
    names = [f"{n}.bin" for n in range(12)]
    for name in names:
        site.on(f"/{name}", whole(DATA))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: here.fetch(Url(url=site.url(f"/{n}"))), reversed(names)))
    places = list(json.loads(here.lock.path.read_text()))
    assert places == sorted(f"digits/{name}" for name in names)


def test_two_at_once_fetch_once(site: Site, here: Here) -> None:
    site.on("/a.bin", whole(DATA, pieces=20))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(here.fetch, [Url(url=site.url("/a.bin"))] * 4))
    assert len(set(found)) == 1 and len(site.asked) == 1


def test_a_damaged_lock_is_told(site: Site, here: Here) -> None:
    here.lock.path.write_text('{"digits/a.bin": 3}')
    site.on("/a.bin", whole(DATA))
    with pytest.raises(UserError, match="does not read as a list of downloads"):
        here.fetch(Url(url=site.url("/a.bin")))


def test_a_file_put_there_by_hand_is_used(site: Site, here: Here) -> None:
    here.into.mkdir(parents=True)
    (here.into / "a.zip").write_bytes(zipped(DATA))
    assert here.fetch(Url(url=site.url("/a.zip"))).size == len(zipped(DATA))
    assert not site.asked and here.lock.path.exists()


@pytest.mark.parametrize("data", [b"<html>sign in</html>", zipped(DATA)[:9999], b"hello"])
def test_a_wrong_file_put_there_by_hand_is_told_and_left(
    site: Site, here: Here, data: bytes
) -> None:
    here.into.mkdir(parents=True)
    (here.into / "a.zip").write_bytes(data)
    assert "remove it" in here.refused(Url(url=site.url("/a.zip")))
    assert (here.into / "a.zip").read_bytes() == data
    assert not here.lock.path.exists()


def test_the_file_of_an_older_source_is_not_taken_for_that_of_the_new(
    site: Site, here: Here
) -> None:
    site.on("/v1/a.bin", whole(DATA))
    site.on("/v2/a.bin", whole(OTHER))
    here.fetch(Url(url=site.url("/v1/a.bin")))
    assert here.fetch(Url(url=site.url("/v2/a.bin"))).path.read_bytes() == OTHER


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
    ids=["404", "403", "500", "nobody", "page", "cut", "fine"],
)
def test_secrets_of_an_address_are_neither_said_nor_kept(
    site: Site, here: Here, answers: list[Answer], capfd: pytest.CaptureFixture[str]
) -> None:
    site.on("/a.bin", *answers)
    url = site.url("/a.bin?X-Amz-Signature=abc123sig&token=topsecret#hunter2")
    source = Url(url=url.replace("http://", "http://me:hunter2@"))
    try:
        here.fetch(source, tries=2)
        text = ""
    except UserError as error:
        text = str(error)
        assert error.__context__ is None and error.__cause__ is None
    files = [path.read_text() for path in here.into.parent.parent.rglob("*.json")]
    out = "".join([text, str(source), *here.said, *files, *capfd.readouterr()])
    assert not [secret for secret in SECRETS if secret in out]
    assert "X-Amz-Signature=abc123sig" in site.asked[0][1]


@pytest.mark.parametrize("name", ["RESOUND_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_nothing_is_asked(
    site: Site, here: Here, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    site.on("/a.bin", whole(DATA))
    source = Url(url=site.url("/a.bin"))
    assert f"it is not here, and {name} forbids" in here.refused(source)
    assert not site.asked
    (here.into / "a.bin").write_bytes(DATA)
    assert here.fetch(source).path.read_bytes() == DATA


def first(here: Here, *sources: Url | GitHub) -> Fetched:
    return fetch_first(sources, here.into, here.lock, here.said.append, here.waits.patience())


def test_the_first_that_can_be_had_is_used(site: Site, here: Here) -> None:
    site.on("/b.bin", whole(DATA))
    gone, there = Url(url=site.url("/a.bin")), Url(url=site.url("/b.bin"))
    assert first(here, gone, there).source == str(there)
    assert any(line.startswith(f"{gone}: nothing is there") for line in here.said)
    # What is here already goes before what must be fetched.
    asked = len(site.asked)
    assert first(here, gone, there).source == str(there)
    assert len(site.asked) == asked


def test_what_is_not_as_it_should_be_is_read_and_told_once(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    counted = "resound.data.downloads.fetch.sum_of"
    monkeypatch.setattr(counted, lambda path: read.append(path) or sum_of(path))
    here.into.mkdir(parents=True)
    (here.into / "a.bin").write_bytes(DATA)
    with pytest.raises(UserError, match="remove it"):
        first(here, Url(url="https://nowhere.invalid/a.bin", sha256="0" * 64))
    assert read == [here.into / "a.bin"]
    assert len(here.said) == 1


def test_where_none_can_be_had_each_tells_why(site: Site, here: Here) -> None:
    site.on("/b.zip", whole(b"<html>"))
    with pytest.raises(UserError) as caught:
        first(here, Url(url=site.url("/a.bin")), Url(url=site.url("/b.zip")))
    head, one, two = str(caught.value).splitlines()
    assert head == "none of 2 sources can be used:"
    assert one.startswith("- http") and "nothing is there (404)" in one and "/a.bin yoursel" in one
    assert "web page" in two and f"{here.into}/b.zip yourself" in two


def test_a_commit_on_github(site: Site, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr("resound.data.downloads.github._SITE", site.url("").rstrip("/"))
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w") as bundle:
        bundle.writestr("FarsTail/a.csv", b"x" * 1000)
    path = f"/dml-qom/FarsTail/archive/{revision}.tar.gz"
    site.on(path, status(302, Location=site.url("/codeload", host="localhost")))
    site.on("/codeload", chunked(archived.getvalue()))
    source = GitHub(github="dml-qom/FarsTail", revision=revision)
    assert first(here, source).path == here.into / "FarsTail-01234567.tar.gz"


def test_sources_are_read_from_what_a_job_is_told() -> None:
    told = {"url": "https://a.org/b.zip", "name": None, "sha256": None, "size": 3}
    assert read_source(told) == Url(url="https://a.org/b.zip", size=3)
    revision = "0" * 40
    assert read_source({"github": "a/b", "revision": revision}) == GitHub(
        github="a/b", revision=revision
    )


@pytest.mark.parametrize(
    "told",
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
def test_sources_that_cannot_be_are_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="' is not "):
        read_source(told)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, resound.data.downloads.fetch;"
        "print(*{'requests', 'kaggle', 'gdown', 'huggingface_hub', 'filelock'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


FEMALE, MALE = zipped(DATA), zipped(OTHER)


def parts_of(site: Site, **wrong: str) -> Parts:
    held = {"female.zip": FEMALE, "male.zip": MALE}
    sums = {name: sha256(data).hexdigest() for name, data in held.items()} | wrong
    urls = [Url(url=site.url(f"/{name}"), sha256=told) for name, told in sums.items()]
    return Parts(name="ShEMO", parts=urls)


def test_parts_come_together_or_go_on_where_they_were(site: Site, here: Here) -> None:
    site.on("/female.zip", whole(FEMALE))
    site.on("/male.zip", status(404))
    source = read_source(asdict(parts_of(site)))
    with pytest.raises(UserError, match="404"):
        here.fetch(source)
    assert not (here.into / "ShEMO").exists()
    site.on("/male.zip", whole(MALE))
    made = here.fetch(source)
    assert made.size == len(FEMALE) + len(MALE)
    assert (made.path / "female.zip").read_bytes() == FEMALE
    assert sum(path == "/female.zip" for _, path, _ in site.asked) == 1


def test_a_part_that_is_another_is_refused(site: Site, here: Here) -> None:
    site.on("/female.zip", whole(FEMALE))
    site.on("/male.zip", whole(FEMALE))
    with pytest.raises(UserError, match=rf"male\.zip has {len(FEMALE)} bytes and the SHA-256"):
        here.fetch(parts_of(site))
    assert not (here.into / "ShEMO").exists()
