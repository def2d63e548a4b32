"""Whisper in batches: the same results as clip by clip, and as transformers gives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from resound.errors import UserError
from resound.features import whisper
from resound.models.whisper.fallback import REPETITIVE, compression_ratio
from resound.models.whisper.model import Recogniser
from resound.models.whisper.windows import shorter_window, window_frames
from tests.helpers.whisper import CONFIGURATION, make_clips, save_untrained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_untrained(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def recogniser(folder: Path) -> Recogniser:
    return Recogniser(folder)


def test_texts_do_not_depend_on_their_batch(recogniser: Recogniser) -> None:
    clips = make_clips(11)
    languages = ["fa", "en"] * 5 + ["zh"]
    alone = recogniser.texts(clips, languages, "transcribe", 1)
    assert len(set(alone)) > 3 and any(alone)
    assert recogniser.texts(clips, languages, "transcribe", 4) == alone
    assert recogniser.texts(clips, languages, "transcribe", 64) == alone
    reverse = recogniser.texts(clips[::-1], languages[::-1], "transcribe", 4)
    assert reverse[::-1] == alone


def test_language_and_task_are_passed_to_the_model(recogniser: Recogniser) -> None:
    calls: list[tuple[list[str], str]] = []
    generate = recogniser.model.generate

    def spy(language: list[str], task: str, **others: object) -> torch.Tensor:
        calls.append((language, task))
        tokens: torch.Tensor = generate(language=language, task=task, **others)
        return tokens

    recogniser.model.generate = spy
    try:
        recogniser.texts(make_clips(3), ["fa", "fa", "zh"], "translate", 2)
    finally:
        recogniser.model.generate = generate
    assert sorted(code for codes, _ in calls for code in codes) == ["fa", "fa", "zh"]
    assert {task for _, task in calls} == {"translate"}


def test_probabilities_are_those_of_the_first_token(recogniser: Recogniser) -> None:
    clips = make_clips(5)
    probabilities = recogniser.language_probabilities(clips, 2)
    assert probabilities.shape == (5, 99) and recogniser.languages.count("fa") == 1
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    images = torch.from_numpy(np.stack([whisper.padded(c, CONFIGURATION.frames) for c in clips]))
    tokens = recogniser.model.detect_language(images)  # by transformers
    codes = [token.strip("<|>") for token in recogniser.tokenizer.convert_ids_to_tokens(tokens)]
    assert [recogniser.languages[best] for best in probabilities.argmax(1)] == codes
    # With texts, the detected languages are the same and each clip is encoded once.
    encoded: list[int] = []
    hook = recogniser.model.get_encoder().register_forward_hook(
        lambda _, inputs, output: encoded.append(len(output.last_hidden_state))
    )
    try:
        detected = recogniser.detected_texts(clips, "transcribe", 3)
    finally:
        hook.remove()
    assert detected == list(zip(codes, recogniser.texts(clips, codes, "transcribe", 3)))
    assert encoded == [3, 2]


def test_the_feature_configuration_is_that_of_the_model(recogniser: Recogniser) -> None:
    assert recogniser.configuration == CONFIGURATION
    recogniser.check_configuration(CONFIGURATION)
    with pytest.raises(UserError, match=r"takes 20 mels.*features have 80"):
        recogniser.check_configuration(
            whisper.Settings(kind="whisper", mels=80, hop_ms=40, window_s=2)
        )


def test_unknown_languages_and_folders_without_a_model_are_errors(
    recogniser: Recogniser, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no language 'xx'"):
        recogniser.texts(make_clips(1), ["xx"], "transcribe", 1)
    with pytest.raises(UserError, match="holds no Whisper model"):
        Recogniser(tmp_path)


def test_a_pipeline_loads_a_saved_model(recogniser: Recogniser, tmp_path: Path) -> None:
    from transformers import pipeline

    recogniser.save(tmp_path)
    wave = np.random.default_rng(3).standard_normal(20000).astype(np.float32)
    recognise = pipeline("automatic-speech-recognition", str(tmp_path), device="cpu")
    options = {"language": "fa", "num_beams": 1}  # pipelines use five beams by default
    output = recognise({"raw": wave, "sampling_rate": 16000}, generate_kwargs=options)
    texts = recogniser.texts([whisper.extract(CONFIGURATION, [wave])], ["fa"], "transcribe", 1)
    assert output["text"].strip() == texts[0]


def test_short_clips_are_decoded_in_shorter_windows(tmp_path: Path) -> None:
    """As by a model that has no more positions; repetitions in the whole window."""
    configuration = replace(CONFIGURATION, window_s=12)
    recogniser = Recogniser(save_untrained(tmp_path / "long", configuration=configuration))
    random = np.random.default_rng(0)
    waves = [random.standard_normal(16000 * seconds).astype(np.float32) for seconds in (1, 3, 6, 2)]
    clips = [whisper.extract(configuration, [wave]) for wave in waves]
    languages = ["fa"] * 4
    whole = recogniser.texts(clips, languages, "transcribe", 2)
    short = recogniser.texts(clips, languages, "transcribe", 2, margin_s=1)
    frames = recogniser.configuration.frames
    for n, seconds in enumerate((5, 5, 10, 5)):
        with shorter_window(recogniser.model, seconds * frames // 12):
            (own,) = recogniser.texts([clips[n]], ["fa"], "transcribe", 1)
        assert short[n] == (whole[n] if compression_ratio(own) > REPETITIVE else own)
    assert recogniser.texts(clips, languages, "transcribe", 2) == whole
    assert recogniser.texts(clips, languages, "transcribe", 2, margin_s=20) == whole


def test_a_window_does_not_depend_on_other_clips() -> None:
    assert window_frames(2.1, 5, 0.01, 3000) == 1000
    assert window_frames(0.5, 5, 0.01, 3000) == 1000
    assert window_frames(5.0, 5, 0.01, 3000) == 1000
    assert window_frames(27, 5, 0.01, 3000) == 3000
