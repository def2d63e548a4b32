"""Errors of downloads, and descriptions of them that contain no secrets."""

import os
import re
from urllib.parse import urlsplit, urlunsplit

from resound.errors import UserError

_SECRETS = ("KAGGLE_KEY", "KAGGLE_API_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "GITHUB_TOKEN")
_OFFLINE = ("RESOUND_OFFLINE", "HF_HUB_OFFLINE")

_STATUS = {
    401: "authentication failed (401)",
    403: "access is refused (403)",
    404: "not found (404)",
    410: "no longer available (410)",
    429: "too many requests (429)",
}


class SourceError(UserError):
    """A source cannot be used; `remedy` says what the user can do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class IncompleteResponse(Exception):
    """A response ended too early or does not match the request; a retry may succeed."""


class RetriesExhausted(Exception):
    """The last of several attempts failed; its cause is the failure."""


def offline_variable() -> str | None:
    """Return the environment variable that forbids network access, if one does."""
    true = ("1", "true", "yes", "on")
    return next((name for name in _OFFLINE if os.environ.get(name, "").lower() in true), None)


def public_url(url: str) -> str:
    """Return a URL without user, password, query (signatures, tokens) and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def redact(text: str) -> str:
    """Return a library's message on one line, without credentials and the secrets in URLs."""
    line = " ".join(text.split())
    for name in _SECRETS:
        if secret := os.environ.get(name):
            line = line.replace(secret, "***")
    line = re.sub(r"\w+://[^\s'\"<>)]+", lambda match: public_url(match[0]), line)
    line = re.sub(r"\?[^\s'\"]*=[^\s'\"]*", "", line)
    line = re.sub(r"(?i)\b(bearer|basic) +\S+", r"\1 ***", line)
    return re.sub(r"(?i)(token|key|password|secret|signature)(\s*[:=]\s*)\S+", r"\1\2***", line)


def http_status(error: BaseException | None) -> int | None:
    """Return the HTTP status of the response that caused an error, if any."""
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__
    return None


def is_transient(error: Exception) -> bool:
    """Return whether the same request may succeed a little later."""
    from requests import ConnectionError as NoConnection
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError, SSLError
    from urllib3.exceptions import HTTPError

    status = http_status(error)
    if status is not None:
        return status in (408, 425, 429) or status >= 500
    if isinstance(error, SSLError):
        return False
    transient = (IncompleteResponse, NoConnection, Timeout, ChunkedEncodingError, HTTPError)
    return isinstance(error, transient)


def describe(error: BaseException) -> str:
    """Describe an error on one line, without secrets."""
    status = http_status(error)
    if status is not None:
        fallback = f"server error ({status})" if status >= 500 else f"HTTP status {status}"
        return _STATUS.get(status, fallback)
    if isinstance(error, RetriesExhausted):
        assert error.__cause__ is not None
        return describe(error.__cause__)
    if isinstance(error, (IncompleteResponse, UserError)):
        return " ".join(str(error).split())
    if isinstance(error, ImportError):
        return f"a library is missing ({error}); reinstall the environment"
    name = type(error).__name__
    if "Timeout" in name:
        return "the server does not respond in time"
    if "SSL" in name:
        return "the server's certificate is not trusted"
    if any(word in name for word in ("Connect", "Protocol", "Chunked", "Incomplete")):
        return "the server cannot be reached, or closed the connection"
    return f"{name}: {redact(str(error))[:300]}"
