"""Files that are no recordings, under the name of one."""

import pytest

from resound.data.decoding.content import check_content
from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is an empty file"),
        (POINTER, "is a Git LFS pointer, not the recording: run `git lfs pull`"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><title>Sign in</title>", "is a web page"),
        (b"<html><body>Quota exceeded</body></html>", "is a web page"),
        (bytes(5000), "contains only zero bytes"),
        (b"PK\x03\x04" + bytes(50), "is a zip archive"),
        (b"\x1f\x8b" + bytes(50), "is compressed with gzip"),
    ],
)
def test_the_reason_says_what_the_file_is(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableClip) as caught:
        decode(data)
    assert str(caught.value).startswith(reason)


def test_zeros_before_something_are_not_reported() -> None:
    check_content(bytes(600) + b"\1")
