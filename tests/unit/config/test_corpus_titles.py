"""Titles and licences hold for the sources with which they are written, not for others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from resound.config.corpora import Corpus
from resound.config.load import combine, load, shipped_files

KEPT = "{folder: recordings/AudioMNIST}"


def digits(tmp_path: Path, *overlays: str, added: dict[str, Any] | None = None) -> Corpus:
    """Return the corpus `digits` of the shipped configuration with overlays of its settings.

    `added` are settings of the command line.
    """
    files, merged = [], dict[str, Any]()
    for number, text in enumerate(overlays):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"data: real\nselect: []\ncorpora: {{digits: {text}}}")
        files.append(file)
        merged = combine(merged, yaml.safe_load(file.read_text()))
    merged = combine(merged, {"corpora": {"digits": added or {}}})
    return load(merged, files, shipped_files()).corpora["digits"]


def described(corpus: Corpus) -> tuple[str, str, str]:
    return corpus.title, corpus.licence, corpus.citation


SHIPPED = ("AudioMNIST", "CC0-1.0", "")
NOT_STATED = ("", "not stated", "")


@pytest.mark.parametrize(
    ("overlays", "expected"),
    [
        (["{min_seconds: 0.5}"], SHIPPED),
        (["{sources: [{folder: mine}]}"], NOT_STATED),
        ([f"{{sources: [{{folder: mine}}, {KEPT}]}}"], SHIPPED),
        (["{sources: [{folder: mine}], title: Mine}"], ("Mine", "not stated", "")),
        (["{sources: [{folder: mine}], title: AudioMNIST}"], ("AudioMNIST", "not stated", "")),
        (["{sources: [{folder: mine}]}", "{title: Mine, licence: CC0}"], ("Mine", "CC0", "")),
        (["{title: Mine, citation: A}", "{sources: [{folder: mine}]}"], NOT_STATED),
        ([f"{{sources: [{KEPT}, {{folder: b}}], citation: A}}", "{sources: [{folder: b}]}"],
         ("AudioMNIST", "CC0-1.0", "A")),
        ([f"{{sources: [{KEPT}], citation: A}}", "{sources: [{folder: c}]}"], NOT_STATED),
    ],
)  # fmt: skip
def test_a_description_holds_while_a_source_is_kept(
    tmp_path: Path, overlays: list[str], expected: tuple[str, str, str]
) -> None:
    corpus = digits(tmp_path, *overlays)
    assert described(corpus) == expected


def test_the_command_line_is_the_last_overlay(tmp_path: Path) -> None:
    mine = {"sources": [{"folder": "mine"}]}
    assert described(digits(tmp_path, "{}", added=mine)) == NOT_STATED
    titled = digits(tmp_path, "{sources: [{folder: mine}]}", added={"title": "Mine"})
    assert described(titled) == ("Mine", "not stated", "")


def test_a_workflow_that_imports_this_one_is_an_overlay_too() -> None:
    corpora = {"digits": {"sources": [{"folder": "mine"}], "licence": "CC0-1.0"}}
    config = {"data": "real", "select": [], "corpora": corpora}
    corpus = load(config, [], shipped_files()).corpora["digits"]
    assert described(corpus) == ("", "CC0-1.0", "")


def test_demo_data_has_the_title_of_its_corpus() -> None:
    config = {"corpora": {"digits": {"sources": [{"folder": "mine"}]}}}
    assert load(config, [], shipped_files()).corpora["digits"].title == "AudioMNIST"


def test_public_sources_keep_their_titles() -> None:
    path = shipped_files()[0].parent / "real.yaml"
    real = load(yaml.safe_load(path.read_text()), [path], shipped_files())
    shipped = load({}, [], shipped_files())
    for name, corpus in real.corpora.items():
        assert corpus.title == shipped.corpora[name].title != ""
