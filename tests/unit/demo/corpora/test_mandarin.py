"""Mandarin demo corpus: table, MP3 files and reproducibility."""

import csv
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pydantic import TypeAdapter, ValidationError

from resound.demo.corpora import mandarin
from resound.demo.synthesis import phrases
from tests.helpers import demo

CLIPS, SPEAKERS = 9, 4
make = partial(demo.make_corpus, "mandarin", clips=CLIPS, speakers=SPEAKERS)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / mandarin.TABLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def test_layout_is_that_of_common_voice_with_covost(folder: Path, corpus: dict[str, bytes]) -> None:
    table = rows(folder)
    assert list(table[0]) == ["path", "sentence", "translation", "client_id"]
    names = [row["path"] for row in table]
    assert all(re.fullmatch(r"common_voice_zh-CN_\d{8}\.mp3", name) for name in names)
    assert names == sorted(set(names)) and len(names) == CLIPS
    assert set(corpus) == {f"clips/{name}" for name in names} | {"covost_v2.zh-CN_en.test.tsv"}


def test_sentences_are_distinct_and_those_for_corpora(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    table = rows(folder)
    assert len({row["sentence"] for row in table}) == CLIPS
    all_pairs = {(phrase.text, phrase.translation) for phrase in phrases._mandarin("corpus")}
    assert {(row["sentence"], row["translation"]) for row in table} <= all_pairs
    assert {phrases.subset_of(row["sentence"]) for row in table} == {"corpus"}


def test_speakers_alternate_and_each_has_one_sample_rate(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    rates: dict[str, set[int]] = {}
    for row in rows(folder):
        assert re.fullmatch("[0-9a-f]{128}", row["client_id"])
        info = soundfile.info(folder / "clips" / row["path"])
        assert (info.format, info.channels) == ("MP3", 1)
        rates.setdefault(row["client_id"], set()).add(info.samplerate)
    assert list(rates.values()) == [{48000}, {44100}, {32000}, {48000}]


def test_clips_are_short_and_never_clipped(folder: Path, corpus: dict[str, bytes]) -> None:
    for row in rows(folder):
        samples, rate_hz = soundfile.read(folder / "clips" / row["path"])
        assert 0.8 < len(samples) / rate_hz <= 2.8
        assert 0.1 < np.abs(samples).max() < 0.95


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("clips", [2, CLIPS - 2])
def test_fewer_clips_do_not_change_the_others(
    tmp_path: Path, folder: Path, corpus: dict[str, bytes], clips: int
) -> None:
    fewer = make(tmp_path, clips=clips)
    assert len(fewer) == clips + 1
    assert rows(tmp_path) == rows(folder)[:clips]
    del fewer[mandarin.TABLE]
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_clips_and_speakers(tmp_path: Path, folder: Path) -> None:
    make(tmp_path, seed=2)
    for key in ("path", "client_id"):
        assert not {row[key] for row in rows(tmp_path)} & {row[key] for row in rows(folder)}


def test_noise_has_the_level_of_the_settings(tmp_path: Path) -> None:
    # A clip without noise begins and ends with silence.
    for snr_db, low, high in ((60.0, 0, 0.01), (10.0, 0.03, 1)):
        folder = tmp_path / str(snr_db)
        make(folder, clips=3, speakers=3, snr_db=snr_db)
        for path in folder.glob("clips/*.mp3"):
            samples, rate_hz = soundfile.read(path)
            edge = samples[: int(0.015 * rate_hz)]
            assert low <= edge.std() / samples.std() < high


@pytest.mark.parametrize("wrong", [{"clips": 0}, {"clips": 601}, {"speakers": 31}, {"rate_hz": 8}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(mandarin.Settings).validate_python({"kind": "mandarin"} | wrong)


def test_the_maximum_numbers_of_clips_and_speakers_exist() -> None:
    assert len(phrases._mandarin("corpus")) >= 600
    assert len(phrases.CORPUS_VARIANTS) >= 30
