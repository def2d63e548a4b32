"""A Whisper asked in batches: the same answers as one by one, and as transformers itself gives."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resound.errors import UserError
from resound.features import whisper
from resound.models.whisper.model import Recogniser
from tests.helpers.whisper import CONFIGURATION, clips, save_untrained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_untrained(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def recogniser(folder: Path) -> Recogniser:
    return Recogniser(folder)


def test_texts_do_not_depend_on_their_company(recogniser: Recogniser) -> None:
    heard = clips(11)
    languages = ["fa", "en"] * 5 + ["zh"]
    alone = recogniser.texts(heard, languages, "transcribe", 1)
    assert len(set(alone)) > 3 and any(alone)
    assert recogniser.texts(heard, languages, "transcribe", 4) == alone
    assert recogniser.texts(heard, languages, "transcribe", 64) == alone
    backwards = recogniser.texts(heard[::-1], languages[::-1], "transcribe", 4)
    assert backwards[::-1] == alone


def test_language_and_task_are_what_was_asked(recogniser: Recogniser) -> None:
    asked: list[tuple[list[str], str]] = []
    generate = recogniser.model.generate

    def spy(language: list[str], task: str, **others: object) -> torch.Tensor:
        asked.append((language, task))
        tokens: torch.Tensor = generate(language=language, task=task, **others)
        return tokens

    recogniser.model.generate = spy
    try:
        recogniser.texts(clips(3), ["fa", "fa", "zh"], "translate", 2)
    finally:
        recogniser.model.generate = generate
    assert sorted(code for codes, _ in asked for code in codes) == ["fa", "fa", "zh"]
    assert {task for _, task in asked} == {"translate"}


def test_probabilities_are_those_of_the_first_token(recogniser: Recogniser) -> None:
    heard = clips(5)
    shares = recogniser.language_probabilities(heard, 2)
    assert shares.shape == (5, 99) and recogniser.languages.count("fa") == 1
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)
    images = torch.from_numpy(np.stack([whisper.padded(c, CONFIGURATION.frames) for c in heard]))
    theirs = recogniser.model.detect_language(images)  # tokens, by transformers itself
    codes = [token.strip("<|>") for token in recogniser.tokenizer.convert_ids_to_tokens(theirs)]
    assert [recogniser.languages[best] for best in shares.argmax(1)] == codes
    # Asked for texts too, it takes each clip for the same language and encodes it once.
    encoded: list[int] = []
    hook = recogniser.model.get_encoder().register_forward_hook(
        lambda _, inputs, told: encoded.append(len(told.last_hidden_state))
    )
    try:
        found = recogniser.detected_texts(heard, "transcribe", 3)
    finally:
        hook.remove()
    assert found == list(zip(codes, recogniser.texts(heard, codes, "transcribe", 3)))
    assert encoded == [3, 2]


def test_the_recipe_is_the_models(recogniser: Recogniser) -> None:
    assert recogniser.configuration == CONFIGURATION
    recogniser.check_configuration(CONFIGURATION)
    with pytest.raises(UserError, match=r"takes 20 mels.*features have 80"):
        recogniser.check_configuration(
            whisper.Settings(kind="whisper", mels=80, hop_ms=40, window_s=2)
        )


def test_unknown_languages_and_folders_without_a_model(
    recogniser: Recogniser, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no language 'xx'"):
        recogniser.texts(clips(1), ["xx"], "transcribe", 1)
    with pytest.raises(UserError, match="holds no Whisper model"):
        Recogniser(tmp_path)


def test_what_is_saved_is_loaded_by_a_pipeline(recogniser: Recogniser, tmp_path: Path) -> None:
    from transformers import pipeline

    recogniser.save(tmp_path)
    wave = np.random.default_rng(3).standard_normal(20000).astype(np.float32)
    hear = pipeline("automatic-speech-recognition", str(tmp_path), device="cpu")
    asked = {"language": "fa", "num_beams": 1}  # pipelines search with five beams by themselves
    told = hear({"raw": wave, "sampling_rate": 16000}, generate_kwargs=asked)
    own = recogniser.texts([whisper.extract(CONFIGURATION, [wave])], ["fa"], "transcribe", 1)
    assert told["text"].strip() == own[0]
