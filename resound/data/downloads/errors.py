"""What goes wrong on the way here, in words that hold no secrets."""

import os
import re
from urllib.parse import urlsplit, urlunsplit

from resound.errors import UserError

_SECRETS = ("KAGGLE_KEY", "KAGGLE_API_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "GITHUB_TOKEN")
_OFFLINE = ("RESOUND_OFFLINE", "HF_HUB_OFFLINE")

_STATUS = {
    401: "who asks is not known there (401)",
    403: "access is refused (403)",
    404: "nothing is there (404)",
    410: "it is gone (410)",
    429: "it was asked too often (429)",
}


class Failed(UserError):
    """Why a source cannot be used, and what would help."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy


class Broken(Exception):
    """An answer that ended too early or does not fit; another try may do better."""


class NoAnswer(Exception):
    """The last of many tries failed; its cause is the failure."""


def offline() -> str | None:
    """The environment variable that forbids the network, if one does."""
    yes = ("1", "true", "yes", "on")
    return next((name for name in _OFFLINE if os.environ.get(name, "").lower() in yes), None)


def public(url: str) -> str:
    """A URL without what may be secret: user, password, query (signatures, tokens), fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def redacted(text: str) -> str:
    """One line of a library's words without credentials and without what URLs carry."""
    line = " ".join(text.split())
    for name in _SECRETS:
        if secret := os.environ.get(name):
            line = line.replace(secret, "***")
    line = re.sub(r"\w+://[^\s'\"<>)]+", lambda match: public(match[0]), line)
    line = re.sub(r"\?[^\s'\"]*=[^\s'\"]*", "", line)
    line = re.sub(r"(?i)\b(bearer|basic) +\S+", r"\1 ***", line)
    return re.sub(r"(?i)(token|key|password|secret|signature)(\s*[:=]\s*)\S+", r"\1\2***", line)


def status_of(error: BaseException | None) -> int | None:
    """The HTTP status that an error, or its cause, stands for."""
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__
    return None


def may_pass(error: Exception) -> bool:
    """Whether the same request may go well a little later."""
    from requests import ConnectionError as NoConnection
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError, SSLError
    from urllib3.exceptions import HTTPError

    status = status_of(error)
    if status is not None:
        return status in (408, 425, 429) or status >= 500
    if isinstance(error, SSLError):
        return False
    return isinstance(error, (Broken, NoConnection, Timeout, ChunkedEncodingError, HTTPError))


def in_words(error: BaseException) -> str:
    """What happened, in a line without secrets."""
    status = status_of(error)
    if status is not None:
        fails = f"the server fails ({status})" if status >= 500 else f"the server says {status}"
        return _STATUS.get(status, fails)
    if isinstance(error, NoAnswer):
        assert error.__cause__ is not None
        return in_words(error.__cause__)
    if isinstance(error, (Broken, UserError)):
        return " ".join(str(error).split())
    if isinstance(error, ImportError):
        return f"a library is missing ({error}): set the environment up again"
    name = type(error).__name__
    if "Timeout" in name:
        return "the server does not answer in time"
    if "SSL" in name:
        return "the server's certificate is not trusted"
    if any(word in name for word in ("Connect", "Protocol", "Chunked", "Incomplete")):
        return "the server cannot be reached, or breaks off"
    return f"{name}: {redacted(str(error))[:300]}"
