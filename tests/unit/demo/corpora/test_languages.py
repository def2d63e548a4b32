"""Languages demo corpus: layout, sentences and reproducibility."""

from functools import partial
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from pydantic import TypeAdapter, ValidationError
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from resound.demo.corpora import languages
from resound.demo.synthesis import phrases
from resound.demo.synthesis.speech import Utterance
from tests.helpers import demo

CLIPS = 4
NAMES = ("fa", "zh", "en")
make = partial(demo.make_corpus, "languages", clips=CLIPS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def test_layout_has_one_folder_per_language(corpus: dict[str, bytes]) -> None:
    assert set(corpus) == {f"{name}/{number:03}.wav" for name in NAMES for number in range(CLIPS)}
    assert len(set(corpus.values())) == len(corpus)


def test_clips_are_short_mono_and_never_clipped(folder: Path, corpus: dict[str, bytes]) -> None:
    for name in corpus:
        samples, rate_hz = soundfile.read(folder / name, dtype="int16")
        info = soundfile.info(folder / name)
        assert (rate_hz, info.channels, info.subtype) == (22050, 1, "PCM_16")
        assert 0.8 < info.duration <= 2.8
        assert 0.05 * 32767 < np.abs(samples.astype(int)).max() < 0.95 * 32767


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


def test_fewer_clips_do_not_change_the_others(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = make(tmp_path, clips=CLIPS - 1)
    assert len(fewer) == 3 * (CLIPS - 1)
    assert fewer == {name: corpus[name] for name in fewer}


@pytest.mark.parametrize("changes", [{"seed": 2}, {"snr_db": 30.0}])
def test_seed_and_noise_change_every_file(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    other = make(tmp_path, **changes)
    assert other.keys() == corpus.keys()
    assert not any(other[name] == corpus[name] for name in corpus)


def test_all_languages_have_the_same_variants_and_corpus_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[Utterance] = []
    monkeypatch.setattr(
        phrases, "synthesise_trimmed", lambda utterances, rate_hz: spoken.extend(utterances) or []
    )
    make(tmp_path, clips=100)
    voices = [utterance.voice.split("+") for utterance in spoken]
    for start, name in zip((0, 100, 200), NAMES):
        selected = voices[start : start + 100]
        assert {accent for accent, _ in selected} == set(phrases.ACCENTS[name])
        assert {variant for _, variant in selected} == {variant for _, variant in voices}
    assert len({variant for _, variant in voices}) == languages.VOICES
    assert not {variant for _, variant in voices} & set(phrases.PRETRAINING_VARIANTS)
    texts = {utterance.text for utterance in spoken}
    assert len(texts) == 300
    pretraining = {
        phrase.text for name in NAMES for _, phrase in phrases.pretraining_utterances(name, 600, 1)
    }
    assert not texts & pretraining


def test_languages_can_be_classified_by_their_sound(tmp_path: Path) -> None:
    make(tmp_path, "process", 2, clips=16, snr_db=25.0)
    features, labels = [], []
    for path in sorted(tmp_path.rglob("*.wav")):
        wave, rate_hz = soundfile.read(path, dtype="float32")
        mfcc = librosa.feature.mfcc(y=wave, sr=rate_hz, n_mfcc=10, n_mels=40)
        features.append(np.concatenate([mfcc.mean(1), mfcc.std(1)]))
        labels.append(path.parent.name)
    even, odd = slice(0, None, 2), slice(1, None, 2)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    model.fit(features[even], labels[even])
    # Chance is a third.
    assert model.score(features[odd], labels[odd]) > 0.6


@pytest.mark.parametrize("wrong", [{"clips": 0}, {"clips": 601}, {"rate_hz": 16000}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(languages.Settings).validate_python({"kind": "languages"} | wrong)
