"""Settings of a corpus that match nothing are reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from resound.data.frame_labels import Alignment
from resound.data.path_pattern import PathPattern
from resound.data.unused_settings import find_unused
from tests.helpers.recordings import make_rules, read

Write = Callable[..., Path]


def test_labels_and_patterns_without_recordings(root: Path) -> None:
    rules = make_rules(["yes", "no", "perhaps"], label_names={"YES": "yes", "nein": "no"})
    rules = replace(rules, unknown=["b/*", "x/*"])
    pattern = PathPattern("{speaker}/{label}_{n}.wav", exclude=["c/*", "noise/*"])
    items, _ = read(root, rules, pattern)
    assert find_unused(root, items, {"yes", "no"}, pattern, rules) == [
        "`labels`: no usable recording has the label 'perhaps'; known: no, yes",
        "`label_names`: no recording has the label 'nein'; known: no, yes",
        "`exclude`: no path matches 'noise/*'",
        "`unknown`: no path matches 'x/*'",
    ]


def test_symbols_that_no_transcript_contains(tmp_path: Path, write_clip: Write) -> None:
    write_clip(tmp_path / "ann" / "1.wav", 0.2)
    (tmp_path / "ann" / "1.phn").write_text("0 1600 h#\n1600 3200 ix\n")
    alignment = Alignment(
        path="{speaker}/{n}.phn", silence="h#", fold={"ix": "ih", "ux": "uw"}, unlabelled=["t/*"]
    )
    rules = make_rules(["h#", "ih", "uw"], alignment=alignment)
    pattern = PathPattern("{speaker}/{n}.wav")
    items, _ = read(tmp_path, rules, pattern)
    assert find_unused(tmp_path, items, None, pattern, rules) == [
        "`unlabelled`: no path matches 't/*'",
        "`fold`: no transcript contains the symbol 'ux'",
        "`labels`: no transcript contains a symbol of the class 'uw'",
    ]
