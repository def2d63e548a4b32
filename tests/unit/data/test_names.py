"""Names that a person would call the same, and those that only look similar."""

from pathlib import Path

import pytest

from resound.data.names import (
    NameMatcher,
    check_case,
    choose_spellings,
    class_of,
    clean_name,
    find_file,
    printable,
    without_suffix,
)
from resound.errors import UserError

PATHS = ["a/1.wav", "a/0010.wav", "b/1.wav", "b/Café.WAV", "b/v1.5"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/1.wav", ["a/1.wav"]),
        ("a/1", ["a/1.wav"]),
        ("A\\01.WAV", ["a/1.wav"]),
        ("A\\01", ["a/1.wav"]),
        ("1.wav", ["a/1.wav", "b/1.wav"]),
        ("/x/b/1.wav", ["b/1.wav"]),
        ("c/1.wav", []),
        ("10", ["a/0010.wav"]),
        ("c/10", []),
        ("cafe\u0301.wav", ["b/Café.WAV"]),
        ("b/v1", []),
        ("v1.5", ["b/v1.5"]),
        ("", []),
    ],
)
def test_what_a_name_refers_to(name: str, found: list[str]) -> None:
    assert NameMatcher(PATHS).find(name) == found


def test_the_exact_name_precedes_one_in_other_letter_case() -> None:
    matcher = NameMatcher(["a.wav", "A.wav", "b.wav", "b.flac"])
    assert matcher.find("A.wav") == ["A.wav"]
    assert matcher.find("A.WAV") == ["a.wav", "A.wav"]
    assert matcher.find("b") == ["b.wav", "b.flac"]


def test_suggestions_have_the_same_digits() -> None:
    matcher = NameMatcher(["clips/recording_01.wav", "clips/recording_02.wav"])
    assert matcher.suggest("recordng_02.wav") == "; did you mean 'clips/recording_02.wav'?"
    assert matcher.suggest("recording_03.wav") == matcher.suggest("xyz") == ""


def test_spellings_that_look_the_same_become_the_most_frequent() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    assert choose_spellings([composed, decomposed]) == {composed: composed, decomposed: composed}
    persian, arabic = "\u06cc", "\u064a"
    assert choose_spellings([arabic, persian, persian])[arabic] == persian
    assert choose_spellings([arabic, arabic, persian])[persian] == arabic
    assert choose_spellings(["a", "A"]) == {"a": "a", "A": "A"}
    assert clean_name("\u200f happy\u00a0") == "happy"


def test_variants_in_letter_case_are_found() -> None:
    with pytest.raises(UserError, match="'Happy' and 'happy' differ only in letter case"):
        check_case(["happy", "Happy", "sad"])
    check_case(["\u064a", "\u06cc", "sad", "sad"])


def test_the_class_of_a_label_in_another_spelling() -> None:
    assert class_of("HAPPY ", ["happy", "sad"], {}) == "happy"
    assert class_of("h", ["happy", "sad"], {"H": "happy"}) == "happy"
    assert class_of("Happy", ["HAPPY", "happy"], {}) == "Happy"
    assert class_of("Happy", None, {}) == "Happy"


def test_only_suffixes_of_recordings_are_removed() -> None:
    assert [without_suffix(name) for name in ("a.WAV", "a.npy", "v1.5", "a")] == [
        "a",
        "a",
        "v1.5",
        "a",
    ]


def test_files_are_found_in_other_letter_case(tmp_path: Path) -> None:
    (tmp_path / "TRAIN").mkdir()
    (tmp_path / "TRAIN" / "SA1.PHN").touch()
    assert find_file(tmp_path, "train/sa1.phn") == "TRAIN/SA1.PHN"
    assert find_file(tmp_path, "TRAIN/SA1.PHN") == "TRAIN/SA1.PHN"
    assert find_file(tmp_path, "train/sa2.phn") is None
    (tmp_path / "TRAIN" / "sa1.phn").touch()
    assert find_file(tmp_path, "train/sa1.phn") == "TRAIN/sa1.phn"
    assert find_file(tmp_path, "train/Sa1.phn") is None


def test_names_that_are_not_utf_8_are_printed_with_escapes() -> None:
    assert printable(b"a\xff.wav".decode(errors="surrogateescape")) == "a\\xff.wav"
    assert printable("é.wav") == "é.wav"
