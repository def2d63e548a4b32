"""Path patterns: matching, search, and explanations."""

from pathlib import Path

import pytest

from resound.data.path_pattern import PathPattern
from resound.errors import UserError

AUDIOMNIST = "data/{speaker}/{label}_{speaker}_{take}.wav"
SHEMO = "{gender:1}{speaker:2}{label:1}{utterance:2}.wav"


def make_files(root: Path, *names: str) -> None:
    """Create empty files."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    ("pattern", "path", "fields"),
    [
        (AUDIOMNIST, "data/07/3_07_12.wav", {"speaker": "07", "label": "3", "take": "12"}),
        (AUDIOMNIST, "data/07/3_08_12.wav", None),  # different speakers
        (AUDIOMNIST, "data/07/3_07_12.flac", None),
        (AUDIOMNIST, "data/07/3_07_12.wav.bak", None),
        (AUDIOMNIST, "more/data/07/3_07_12.wav", None),
        (AUDIOMNIST, "data/07/3_07_.wav", None),  # an empty field
        (
            SHEMO,
            "F21S07.wav",
            {"gender": "F", "speaker": "21", "label": "S", "utterance": "07"},
        ),
        (SHEMO, "F21S7.wav", None),
        (SHEMO, "F21S107.wav", None),
        (SHEMO, "a/21S07.wav", None),  # a slash in a field
        ("{label}/{label}.{n}.wav", "jazz/jazz.00054.wav", {"label": "jazz", "n": "00054"}),
        ("{label:2}/{n}.wav", "ab/1.wav", {"label": "ab", "n": "1"}),
        ("{label}/a+b(c).wav", "x/a+b(c).wav", {"label": "x"}),  # escaped characters
        ("{label}/a.wav", "x/abwav", None),
        ("{label}/{text}.wav", "سلام/گل نو.wav", {"label": "سلام", "text": "گل نو"}),
    ],
)
def test_paths_are_matched_to_fields(
    pattern: str, path: str, fields: dict[str, str] | None
) -> None:
    assert PathPattern(pattern).match(path) == fields


def test_a_companion_has_the_same_fields() -> None:
    pattern = PathPattern("{partition}/mfcc/{speaker}-{n:2}.npy")
    companion = pattern.companion(
        Path(), "dev/mfcc/12-07.npy", "{partition}/text/{speaker}-{n}.txt"
    )
    assert companion == "dev/text/12-07.txt"


@pytest.mark.parametrize("pattern", ["{label}/{take.wav", "{label}}.wav", "{label}/{}.wav"])
def test_stray_braces_are_rejected(pattern: str) -> None:
    with pytest.raises(UserError, match="stray brace"):
        PathPattern(pattern)


def test_a_field_that_is_not_a_name_is_rejected() -> None:
    with pytest.raises(UserError):
        PathPattern("{label}_{1}.wav")


def test_files_are_sorted_by_their_paths(tmp_path: Path) -> None:
    names = ["b/1.wav", "a/10.wav", "a/2.wav", "a.b/3.wav", "B/4.wav"]
    others = ["a/notes.txt", "5.wav", "a/b/6.wav", ".hidden/7.wav", "a/.8.wav", "a/._2.wav"]
    make_files(tmp_path, *names, *others)
    files = PathPattern("{label}/{n}.wav").find_files(tmp_path)
    assert files == [tmp_path / name for name in sorted(names)]


def test_linked_folders_are_searched(tmp_path: Path) -> None:
    make_files(tmp_path / "elsewhere", "1.wav")
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "a").symlink_to(tmp_path / "elsewhere")
    assert PathPattern("{label}/{n}.wav").find_files(root) == [root / "a" / "1.wav"]


def test_cyclic_links_are_followed_once(tmp_path: Path) -> None:
    make_files(tmp_path, "a/1.wav", "b/2.wav")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b" / "self").symlink_to(tmp_path / "b")
    assert PathPattern("{label}/{n}.wav").find_files(tmp_path) == [
        tmp_path / "a" / "1.wav",
        tmp_path / "b" / "2.wav",
    ]
    assert PathPattern("{label}/{n}.wav").find_ignored(tmp_path) == []


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (["a/1.wav", "b/2.wav"], "."),
        (["a/1.wav"], "."),
        (["corpus-1.2/a/1.wav", "corpus-1.2/b/2.wav"], "corpus-1.2"),
        (["corpus-1.2/a/1.wav", ".hidden"], "corpus-1.2"),
        (["corpus-1.2/a/1.wav", "readme.txt"], "corpus-1.2"),
        (["corpus-1.2/a/1.wav", "__MACOSX/corpus-1.2/a/._1.wav", "Thumbs.db"], "corpus-1.2"),
        (["x/y/a/1.wav", "x/licence.txt"], "x/y"),
        (["x/a/1.wav", "1.wav"], "."),  # a recording would be left out
        (["x/a/1.wav", "y/a/1.wav"], "."),
        (["readme.txt"], "."),
    ],
)
def test_a_folder_that_wraps_everything_is_the_root(
    tmp_path: Path, names: list[str], root: str
) -> None:
    make_files(tmp_path, *names)
    assert PathPattern("{label}/{n}.wav").find_root(tmp_path) == tmp_path / root


def test_audio_that_does_not_match_is_ignored(tmp_path: Path) -> None:
    make_files(tmp_path, "a/1.wav", "2.wav", "a/b/3.flac", "a/4.MP3", "a/notes.txt", ".5.wav")
    pattern = PathPattern("{label}/{n}.wav")
    assert pattern.find_ignored(tmp_path) == ["2.wav", "a/4.MP3", "a/b/3.flac"]


def test_a_missing_match_is_explained_by_the_files(tmp_path: Path) -> None:
    pattern = PathPattern("{label}/{n}.wav")
    assert pattern.explain_no_match(tmp_path) == f"{tmp_path} contains no files"
    make_files(tmp_path, "readme.txt", "notes.md")
    assert pattern.explain_no_match(tmp_path).endswith(
        "contains 2 files, but none of them is an audio file"
    )
    make_files(tmp_path, "d.FLAC", "c.mp3", "b.wav", "a.ogg")
    message = pattern.explain_no_match(tmp_path)
    assert message.startswith("none of the 4 audio files below")
    assert message.endswith(
        "matches '{label}/{n}.wav'; there are, for example, 'a.ogg', 'b.wav', 'c.mp3'"
    )


def test_excluded_paths_are_not_part_of_the_corpus(tmp_path: Path) -> None:
    make_files(tmp_path, "a/1.wav", "_noise_/2.wav", "other/b/3.wav", "4.wav")
    pattern = PathPattern("{label}/{n}.wav", exclude=["_noise_/*", "other/*"])
    assert pattern.find_files(tmp_path) == [tmp_path / "a/1.wav"]
    assert pattern.find_ignored(tmp_path) == ["4.wav"]
