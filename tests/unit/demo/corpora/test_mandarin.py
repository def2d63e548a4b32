"""The Mandarin demo corpus: its table, its mp3 files, its repeatability."""

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
made = partial(demo.made, "mandarin", clips=CLIPS, speakers=SPEAKERS)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / mandarin.TABLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return made(folder)


def test_layout_is_that_of_common_voice_with_covost(folder: Path, corpus: dict[str, bytes]) -> None:
    table = rows(folder)
    assert list(table[0]) == ["path", "sentence", "translation", "client_id"]
    names = [row["path"] for row in table]
    assert all(re.fullmatch(r"common_voice_zh-CN_\d{8}\.mp3", name) for name in names)
    assert names == sorted(set(names)) and len(names) == CLIPS
    wanted = {f"clips/{name}" for name in names} | {"covost_v2.zh-CN_en.test.tsv"}
    assert set(corpus) == wanted


def test_sentences_are_distinct_and_of_the_corpus_half(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    table = rows(folder)
    assert len({row["sentence"] for row in table}) == CLIPS
    known = {(phrase.text, phrase.translation) for phrase in phrases._mandarin("corpus")}
    assert {(row["sentence"], row["translation"]) for row in table} <= known
    assert {phrases.half_of(row["sentence"]) for row in table} == {"corpus"}


def test_speakers_take_turns_each_at_one_rate(folder: Path, corpus: dict[str, bytes]) -> None:
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
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert made(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("clips", [2, CLIPS - 2])
def test_fewer_clips_leave_the_others_as_they_are(
    tmp_path: Path, folder: Path, corpus: dict[str, bytes], clips: int
) -> None:
    fewer = made(tmp_path, clips=clips)
    assert len(fewer) == clips + 1
    assert rows(tmp_path) == rows(folder)[:clips]
    del fewer[mandarin.TABLE]
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_gives_other_clips_and_speakers(tmp_path: Path, folder: Path) -> None:
    made(tmp_path, seed=2)
    for key in ("path", "client_id"):
        assert not {row[key] for row in rows(tmp_path)} & {row[key] for row in rows(folder)}


def test_noise_is_as_loud_as_asked(tmp_path: Path) -> None:
    # A clip without noise begins and ends in silence.
    for snr_db, low, high in ((60.0, 0, 0.01), (10.0, 0.03, 1)):
        home = tmp_path / str(snr_db)
        made(home, clips=3, speakers=3, snr_db=snr_db)
        for path in home.glob("clips/*.mp3"):
            samples, rate_hz = soundfile.read(path)
            edge = samples[: int(0.015 * rate_hz)]
            assert low <= edge.std() / samples.std() < high


@pytest.mark.parametrize("wrong", [{"clips": 0}, {"clips": 601}, {"speakers": 31}, {"rate_hz": 8}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(mandarin.Settings).validate_python({"kind": "mandarin"} | wrong)


def test_as_many_clips_and_speakers_as_settings_allow_exist() -> None:
    assert len(phrases._mandarin("corpus")) >= 600
    assert len(phrases.CORPUS_VARIANTS) >= 30
