"""Phonemes demo corpus: layout, reproducibility and accuracy of the phoneme times."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from pydantic import TypeAdapter, ValidationError
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from resound.demo.corpora import phonemes
from resound.demo.synthesis.speech import Speech, Utterance, synthesise, synthesise_timed
from resound.errors import UserError
from tests.helpers import demo

VOWELS = set("aa ae ah ao aw ay eh er ey ih iy ow oy uh uw".split())
CONSONANTS = set("b ch d dh f g hh jh k l m n ng p r s sh t th v w y z zh".split())
SILENCES = {"h#", "pau"}
SPEAKERS, SENTENCES = 4, 2

Segments = list[tuple[int, int, str]]
make = partial(demo.make_corpus, "phonemes", speakers=SPEAKERS, sentences=SENTENCES)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return make(tmp_path_factory.mktemp("phonemes"))


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the corpus with the default settings."""
    folder = tmp_path_factory.mktemp("standard")
    phonemes.make(phonemes.Settings(kind="phonemes"), folder, "process", 2)
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus with little noise and no faults."""
    folder = tmp_path_factory.mktemp("clean")
    make(folder, "process", 2, speakers=6, sentences=6, snr_db=40.0, faulty=False)
    return folder


def read(folder: Path, part: str = "*") -> Iterator[tuple[np.ndarray, Segments]]:
    """Yield samples and segments of each recording that has segments."""
    for path in sorted(folder.glob(f"{part}/*/*/*.phn")):
        lines = [line.split() for line in path.read_text().splitlines()]
        wave, _ = soundfile.read(path.with_suffix(".wav"), dtype="float32")
        yield wave, [(int(start), int(end), symbol) for start, end, symbol in lines]


def test_layout_is_that_of_timit(standard: Path) -> None:
    waves = sorted(standard.rglob("*.wav"))
    assert len(waves) == 12 * 12
    for path in waves:
        part, dialect, speaker, name = path.relative_to(standard).parts
        assert part in {"train", "test"}
        assert dialect in {"dr1", "dr2", "dr3", "dr4"}
        assert speaker[0] in "fm" and speaker[1:4].isalpha() and speaker[4:] == "0"
        assert name.startswith("sx") and name[2:-4].isdigit()
        start, end, sentence = path.with_suffix(".txt").read_text().split(maxsplit=2)
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert (int(start), int(end)) == (0, info.frames)
        assert sentence == phonemes._text(int(name[2:-4])) + "\n"
    suffixes = Counter(path.suffix for path in standard.rglob("*") if path.is_file())
    assert suffixes == {".wav": 144, ".txt": 144, ".phn": 143}


def test_segments_cover_each_recording_without_a_gap(standard: Path) -> None:
    for wave, segments in read(standard):
        starts, ends, symbols = zip(*segments)
        assert (starts[0], ends[-1]) == (0, len(wave))
        assert starts[1:] == ends[:-1]
        assert all(start < end for start, end in zip(starts, ends))
        assert all(left != right for left, right in pairwise(symbols))
        assert (symbols[0], symbols[-1]) == ("h#", "h#")
        assert "h#" not in symbols[1:-1]
        for start, end in (segments[0][:2], segments[-1][:2]):
            assert 0.1 <= (end - start) / 16000 < 0.6


@pytest.mark.parametrize("part", ["train", "test"])
def test_each_part_has_exactly_the_expected_symbols(standard: Path, part: str) -> None:
    symbols = {symbol for _, segments in read(standard, part) for *_, symbol in segments}
    assert len(VOWELS | CONSONANTS) == 39
    assert symbols - {"?"} == VOWELS | CONSONANTS | SILENCES


def test_parts_share_neither_speakers_nor_sentences(standard: Path) -> None:
    files = [list((standard / part).rglob("*.txt")) for part in ("train", "test")]
    train, test = ({path.parent.name for path in paths} for paths in files)
    assert (len(train), len(test), len(train & test)) == (8, 4, 0)
    train, test = ({path.read_text().split(maxsplit=2)[2] for path in paths} for paths in files)
    assert not train & test


def test_speakers_of_different_parts_share_no_sentences() -> None:
    rng = np.random.default_rng(0)
    train, other_train, test = (phonemes._sentences(speaker, rng) for speaker in (1, 2, 3))
    assert train != other_train
    assert sorted(train) == sorted(other_train)
    assert sorted(train + test) == list(range(phonemes.SENTENCES))
    assert len(test) > 1000


def test_each_part_has_all_dialects_and_both_sexes(standard: Path) -> None:
    for part in ("train", "test"):
        folders = list((standard / part).glob("*/*"))
        assert {folder.parent.name for folder in folders} == {"dr1", "dr2", "dr3", "dr4"}
        sexes = [folder.name[0] for folder in folders]
        assert sexes.count("f") == sexes.count("m")


def test_one_recording_has_no_phonemes_and_one_has_an_unknown_symbol(standard: Path) -> None:
    unlabelled = [p for p in standard.rglob("*.wav") if not p.with_suffix(".phn").exists()]
    mislabelled = [p for p in standard.rglob("*.phn") if " ?\n" in p.read_text()]
    assert [len(unlabelled), len(mislabelled)] == [1, 1]
    assert {p.relative_to(standard).parts[0] for p in unlabelled + mislabelled} == {"train"}
    assert mislabelled[0].read_text().count("?") == 1


def test_faults_can_be_disabled_and_change_nothing_else(
    tmp_path: Path, corpus: dict[str, bytes]
) -> None:
    valid = make(tmp_path, faulty=False)
    assert len(valid) == 3 * SPEAKERS * SENTENCES == len(corpus) + 1
    assert not any(b"?" in data for name, data in valid.items() if name.endswith(".phn"))
    changed = [name for name in corpus if corpus[name] != valid[name]]
    assert len(changed) == 1 and changed[0].endswith(".phn")


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("changes", [{"speakers": SPEAKERS - 1}, {"sentences": SENTENCES - 1}])
def test_fewer_speakers_or_sentences_do_not_change_the_others(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    fewer = make(tmp_path, **changes)
    assert 0 < len(fewer) < len(corpus)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_speakers_and_sentences(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    assert not make(tmp_path, seed=2).keys() & corpus.keys()


def test_noise_changes_recordings_but_not_times(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = make(tmp_path, snr_db=20.0)
    assert other.keys() == corpus.keys()
    for name, data in other.items():
        assert (data == corpus[name]) == (not name.endswith(".wav"))


def test_times_are_in_samples_of_the_file(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    resampled = make(tmp_path, speakers=1, faulty=False, rate_hz=8000)
    names = [name for name in resampled if name.endswith(".phn") and name in corpus]
    assert names
    for name in names:
        lines, references = (files[name].decode().splitlines() for files in (resampled, corpus))
        assert len(lines) == len(references)
        for line, reference in zip(lines, references):
            assert line.split()[2] == reference.split()[2]
            assert int(line.split()[1]) * 2 == pytest.approx(int(reference.split()[1]), abs=4)


def test_speakers_have_distinct_names_and_voices() -> None:
    dialects, names, voices = zip(*(phonemes._identity(1, n) for n in range(1, 61)))
    assert set(dialects) == {"dr1", "dr2", "dr3", "dr4"}
    assert len(set(names)) == len(set(voices)) == 60


def test_every_voice_exists_and_is_different() -> None:
    variants = phonemes.FEMALE + phonemes.MALE
    voices = [f"{accent}+{name}" for accent in phonemes.ACCENTS for name in variants]
    waves = synthesise([Utterance("seven", voice) for voice in voices])
    assert len({samples.tobytes() for samples in waves}) == len(voices)


@pytest.mark.parametrize("accent", phonemes.ACCENTS)
def test_every_phoneme_of_a_sentence_has_a_symbol(accent: str) -> None:
    # The phonemes of a phrase depend only on adjacent phrases: these hundred sentences contain all
    # pairs of adjacent phrases.
    size = range(10)
    indices = [(a, b, (a + b) % 10, (a + 2 * b) % 10) for a in size for b in size]
    numbers = [int(np.ravel_multi_index(index, (10,) * 4)) for index in indices]
    utterances = [Utterance(phonemes._text(number), accent) for number in numbers]
    for speech in synthesise_timed(utterances):
        assert set(dict(phonemes._symbols(speech)).values()) <= VOWELS | CONSONANTS | SILENCES


def test_each_number_has_a_different_sentence() -> None:
    texts = [phonemes._text(number) for number in range(phonemes.SENTENCES)]
    assert texts[0] == "The noisy boys should measure a beige yacht before lunch."
    assert len(set(texts)) == len(texts) == 10000


def test_symbols_are_those_of_arpabet() -> None:
    symbols = {part for symbol in phonemes.SYMBOLS.values() for part in symbol.split("+")}
    assert symbols == VOWELS | CONSONANTS | {"pau"}


def silent_speech(*phonemes: tuple[int, str], length: int = 1000) -> Speech:
    return Speech(np.zeros(length, np.int16), list(phonemes))


def test_combined_phonemes_are_split_and_stress_marks_are_removed() -> None:
    speech = silent_speech((100, "D"), (200, "'e@"), (700, ",oU"), (900, "_:"), (1000, "_"))
    assert list(phonemes._symbols(speech)) == [
        (100, "dh"),
        (200, "eh"),
        (500, "r"),
        (700, "ow"),
        (900, "pau"),
        (1000, "pau"),
        (1000, "pau"),
    ]


def test_unknown_phoneme_is_an_error() -> None:
    with pytest.raises(UserError, match="'!x' has no symbol"):
        list(phonemes._symbols(silent_speech((0, "D"), (5, "!x"))))


def test_segments_merge_equal_neighbours_and_distinguish_silence_at_the_edges() -> None:
    marks = [(10, "s"), (20, "s"), (30, "pau"), (35, "aa"), (40, "r"), (40.2, "iy"), (50, "pau")]
    assert list(phonemes._segments(marks, 60)) == [
        (0, 10, "h#"),
        (10, 30, "s"),
        (30, 35, "pau"),
        (35, 40, "aa"),
        (40, 50, "iy"),
        (50, 60, "h#"),
    ]


def test_silence_is_far_quieter_than_vowels(clean: Path) -> None:
    for wave, segments in read(clean):
        energy = {
            kind: np.mean(np.concatenate([wave[a:b] for a, b, s in segments if s in symbols]) ** 2)
            for kind, symbols in {"silence": {"h#"}, "vowels": VOWELS}.items()
        }
        assert energy["silence"] < 0.02 * energy["vowels"]


def test_fricatives_are_where_their_labels_are(clean: Path) -> None:
    centroids: dict[str, list[float]] = {"fricative": [], "vowel": []}
    for wave, segments in read(clean):
        for start, end, symbol in segments:
            kind = "fricative" if symbol in {"s", "sh"} else "vowel"
            if kind == "fricative" or symbol in VOWELS:
                power = np.abs(np.fft.rfft(wave[start:end])) ** 2
                hz = np.fft.rfftfreq(end - start, 1 / 16000)
                centroids[kind].append(float(power @ hz / power.sum()))
    assert min(map(len, centroids.values())) > 30
    assert np.quantile(centroids["fricative"], 0.2) > 1.5 * np.quantile(centroids["vowel"], 0.8)


def frames(folder: Path, part: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return MFCCs of all frames, 10 ms apart, and labels 50 ms early, correct and 50 ms late."""
    features, labels = [], [[], [], []]
    for wave, segments in read(folder, part):
        mfcc = librosa.feature.mfcc(
            y=wave, sr=16000, n_mfcc=13, n_mels=40, n_fft=400, hop_length=160
        )
        features.append(mfcc.T)
        ends = [end for _, end, _ in segments]
        symbols = np.array([symbol for *_, symbol in segments])
        for rows, shift in zip(labels, (-800, 0, 800)):
            centres = np.clip(np.arange(mfcc.shape[1]) * 160 + shift, 0, len(wave) - 1)
            rows.append(symbols[np.searchsorted(ends, centres, side="right")])
    return np.concatenate(features), [np.concatenate(rows) for rows in labels]


def test_times_shifted_by_50_ms_fit_the_sound_less(clean: Path) -> None:
    (train, train_labels), (test, test_labels) = frames(clean, "train"), frames(clean, "test")
    early, correct, late = (
        LinearDiscriminantAnalysis().fit(train, labels).score(test, expected)
        for labels, expected in zip(train_labels, test_labels)
    )
    assert correct > 0.35
    assert correct > max(early, late) + 0.04


@pytest.mark.parametrize("wrong", [{"sentences": 0}, {"sentences": 1001}, {"speakers": 0}])
def test_sizes_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(phonemes.Settings).validate_python({"kind": "phonemes"} | wrong)
