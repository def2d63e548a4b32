"""Persian demo corpus: spreadsheet, files, invalid items and reproducibility."""

import re
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest
import soundfile
from pydantic import TypeAdapter, ValidationError

from resound.demo.corpora import persian
from resound.demo.synthesis import phrases
from resound.errors import UserError
from tests.helpers import demo

LECTURES, CLIPS = 3, 4
make = partial(demo.make_corpus, "persian", lectures=LECTURES, clips=CLIPS)


def rows(folder: Path) -> list[tuple[str, str | None]]:
    """Return the rows of the spreadsheet without the header."""
    sheet = openpyxl.load_workbook(folder / "myaudio_tiny.xlsx", read_only=True).active
    header, *data = sheet.iter_rows(values_only=True)
    assert header == ("audio", "text")
    return data


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def test_layout_is_that_of_myaudio_tiny(corpus: dict[str, bytes]) -> None:
    matches = [re.fullmatch(r"myaudio/(\d{2,4})(\d{4})\.wav", name) for name in corpus]
    numbers: dict[str, list[int]] = {}
    for match in filter(None, matches):
        numbers.setdefault(match[1], []).append(int(match[2]))
    assert matches.count(None) == 1 and "myaudio_tiny.xlsx" in corpus
    assert {len(lecture) for lecture in numbers} == {2, 3, 4}
    valid = list(range(1, CLIPS + 1))
    # The first invalid clip of the first lecture has no recording.
    first = [*valid, CLIPS + 2, CLIPS + 3, CLIPS + 4]
    assert sorted(map(sorted, numbers.values()), key=len) == [valid, valid, first]


def test_complete_rows_have_a_unique_file_and_a_unique_sentence(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    complete = [(audio, text) for audio, text in rows(folder) if text and audio in corpus]
    # The clip that is too long has a complete row too.
    assert len(complete) == LECTURES * CLIPS + 1
    assert len({text for _, text in complete}) == len(complete)
    assert len({audio for audio, _ in complete}) == len(complete)
    assert {phrases.subset_of(text) for _, text in complete} == {"corpus"}


def test_four_items_have_different_faults(folder: Path, corpus: dict[str, bytes]) -> None:
    table = rows(folder)
    waves = {name for name in corpus if name.endswith(".wav")}
    missing = [(audio, text) for audio, text in table if audio not in waves]
    assert len(missing) == 1 and missing[0][1]
    unlisted = waves - {audio for audio, _ in table}
    assert len(unlisted) == 1
    empty = [audio for audio, text in table if not text]
    assert len(empty) == 1 and empty[0] in waves
    long = [name for name in waves if soundfile.info(folder / name).duration > 2.8]
    assert len(long) == 1
    assert len({missing[0][0], *unlisted, *empty, *long}) == 4
    assert soundfile.info(folder / long[0]).duration == 31
    wave, _ = soundfile.read(folder / long[0])
    assert wave[:48000].any() and not wave[48000:].any()


def test_clips_are_short_mono_and_never_clipped(folder: Path, corpus: dict[str, bytes]) -> None:
    for name in corpus:
        if name.endswith(".wav"):
            samples, rate_hz = soundfile.read(folder / name, dtype="int16")
            info = soundfile.info(folder / name)
            assert (rate_hz, info.channels, info.subtype) == (16000, 1, "PCM_16")
            assert 0.8 < info.duration <= 2.8 or info.duration == 31
            assert 0.05 * 32767 < np.abs(samples.astype(int)).max() < 0.95 * 32767


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


def test_spreadsheet_has_a_fixed_creation_time(folder: Path, corpus: dict[str, bytes]) -> None:
    table = folder / "myaudio_tiny.xlsx"
    with ZipFile(table) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {2020}
    properties = openpyxl.load_workbook(table).properties
    assert (properties.created, properties.modified) == (persian.CREATED, persian.CREATED)


def test_fewer_lectures_do_not_change_the_others(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = make(tmp_path, lectures=LECTURES - 1)
    waves = {name: data for name, data in fewer.items() if name.endswith(".wav")}
    assert len(fewer) == len(corpus) - CLIPS
    assert waves == {name: corpus[name] for name in waves}


def test_seed_changes_lectures_and_sentences(tmp_path: Path, folder: Path) -> None:
    make(tmp_path, seed=2)
    assert not set(rows(tmp_path)) & set(rows(folder))


def test_noise_and_sample_rate_are_those_of_the_settings(
    tmp_path: Path, corpus: dict[str, bytes]
) -> None:
    other = make(tmp_path, lectures=1, snr_db=30.0, rate_hz=8000)
    waves = [name for name in other if name.endswith(".wav")]
    assert len(waves) == CLIPS + 3
    for name in waves:
        assert other[name] != corpus[name]
        assert soundfile.info(tmp_path / name).samplerate == 8000


def test_lectures_have_distinct_numbers_and_sentences_and_a_main_topic() -> None:
    plan = persian._plan(persian.Settings(kind="persian", lectures=50, clips=40))
    assert len({clip.path for clips in plan for clip in clips}) == 50 * 40 + 4
    assert len({clips[0].lecture for clips in plan}) == 50
    texts = [clip.text for clips in plan for clip in clips]
    assert len(set(texts)) == len(texts)
    topic_of = {text: name for name, texts in phrases.topics("corpus").items() for text in texts}
    fractions = []
    for clips in plan:
        topics = [topic_of[clip.text] for clip in clips]
        fractions.append(max(topics.count(topic) for topic in set(topics)) / len(topics))
    # The main topic is also drawn among the sentences of any topic.
    assert np.mean(fractions) == pytest.approx(0.8 + 0.2 / 7, abs=0.03)


def test_too_few_sentences_are_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few Persian sentences"):
        make(tmp_path, lectures=100, clips=1000)


@pytest.mark.parametrize("wrong", [{"lectures": 0}, {"lectures": 101}, {"clips": 0}, {"clip": 3}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(persian.Settings).validate_python({"kind": "persian"} | wrong)
