"""Decoding with fallback: a text as openai-whisper decodes it, written out here step by step."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from resound.arrays import Array
from resound.models.whisper import decoding
from resound.models.whisper.fallback import FallbackDecoder, compression_ratio
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Decode, Fallback
from tests.helpers.whisper import CONFIGURATION, add_timestamps, make_clips, save_untrained

GREEDY = Fallback(temperatures=[0.0])
ALWAYS = Fallback(temperatures=[0.0, 0.5, 1.0], min_log_probability=0.0, max_no_speech=1.0)
"""Tokens are never certain, so that every temperature is tried."""


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    return Recogniser(save_untrained(tmp_path_factory.mktemp("whisper")))


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    """A model whose vocabulary has tokens for times, as pretrained models have."""
    return add_timestamps(Recogniser(save_untrained(tmp_path_factory.mktemp("timed"))))


def allowed(logits: torch.Tensor, text: Sequence[int], first: int, end: int) -> torch.Tensor:
    """Return logits of which only the tokens that may follow `text` are finite.

    `first` is the first token of a time, and `end` ends a text. Times come in pairs and never
    decrease; a text begins with a time; a time comes where times are likelier than any other token.
    """
    logits = logits.clone()
    logits[first - 1] = -np.inf
    times = [token for token in text if token >= first]
    after_time = bool(text) and text[-1] >= first
    if after_time and (len(text) < 2 or text[-2] >= first):
        logits[first:] = -np.inf
    elif after_time:
        logits[:end] = -np.inf
    if times:
        open_pair = after_time and len(text) > 1 and text[-2] < first
        logits[first : times[-1] + (0 if open_pair else 1)] = -np.inf
    if not text:
        logits[:first] = -np.inf
        logits[first + 6 :] = -np.inf
    chances = logits.log_softmax(-1)
    if chances[first:].logsumexp(-1) > chances[:first].max():
        logits[:first] = -np.inf
    return logits


@torch.inference_mode()
def decode_window(recogniser: Recogniser, rows: Array, prompt: Sequence[int]) -> list[int]:
    """Return the most probable tokens of the rows of one window, after the tokens before it."""
    model, generation = recogniser.model, recogniser.model.generation_config
    image = np.zeros((CONFIGURATION.mels, CONFIGURATION.frames), np.float32)
    image[:, : len(rows)] = rows.T
    encoded = model.get_encoder()(torch.from_numpy(image[np.newaxis]))
    start = [
        model.config.decoder_start_token_id,
        generation.lang_to_id["<|fa|>"],
        generation.task_to_id["transcribe"],
    ]
    half = model.config.max_target_positions // 2
    if prompt:
        start = [generation.prev_sot_token_id, *prompt[-(half - 1) :], *start]
    text: list[int] = []
    end, first = recogniser.tokenizer.eos_token_id, generation.no_timestamps_token_id + 1
    for _ in range(min(half, model.config.max_target_positions - len(start))):
        tokens = torch.tensor([[*start, *text]])
        logits = model(encoder_outputs=encoded, decoder_input_ids=tokens).logits[0, -1].float()
        if not text:
            logits[generation.begin_suppress_tokens or []] = -np.inf
        logits[generation.suppress_tokens or []] = -np.inf
        token = int(allowed(logits, text, first, end).argmax())
        if token == end:
            break
        text.append(token)
    return text


def transcribe(recogniser: Recogniser, rows: Array) -> tuple[str, int]:
    """Return the text of a clip and the number of windows in which it is decoded.

    A window begins where the last complete pair of times of the one before ends.
    """
    first = recogniser.model.generation_config.no_timestamps_token_id + 1
    tokens, seek, windows = list[int](), 0, 0
    while seek < len(rows):
        window = rows[seek : seek + CONFIGURATION.frames]
        text = decode_window(recogniser, window, tokens)
        times = [token >= first for token in text]
        pairs = [n for n in range(1, len(text)) if times[n - 1] and times[n]]
        windows += 1
        if pairs and times[-2:] != [False, True]:
            tokens += text[: pairs[-1]]
            seek += 2 * (text[pairs[-1] - 1] - first)
        else:
            tokens += text
            seek += len(window)
    end = recogniser.tokenizer.eos_token_id
    decoded: str = recogniser.tokenizer.decode([token for token in tokens if token < end])
    return decoded.strip(), windows


def texts(recogniser: Recogniser, clips: Sequence[Array], fallback: Fallback) -> list[str]:
    return recogniser.texts_with_fallback(clips, ["fa"] * len(clips), "transcribe", fallback, 1)


def spied_temperatures(
    recogniser: Recogniser, rows: Array, fallback: Fallback
) -> tuple[list[float], list[torch.Tensor]]:
    """Return the temperatures that are tried for a clip, and the last logits at each."""
    temperatures, logits = list[float](), list[torch.Tensor]()
    mean = recogniser.model._retrieve_avg_logprobs

    def spy(scores: Any, tokens: torch.Tensor, temperature: float) -> Any:
        temperatures.append(temperature)
        logits.append(scores[-1])
        return mean(scores, tokens, temperature)

    recogniser.model._retrieve_avg_logprobs = spy
    try:
        FallbackDecoder(recogniser.model, recogniser.tokenizer, fallback).text(
            rows, "fa", "transcribe", (0, 0)
        )
    finally:
        del recogniser.model._retrieve_avg_logprobs
    return temperatures, logits


def test_a_text_is_that_of_openai_whisper_at_temperature_zero(timed: Recogniser) -> None:
    clips = make_clips(6)
    expected = [transcribe(timed, rows) for rows in clips]
    assert max(windows for _, windows in expected) > 1
    assert len({text for text, _ in expected}) > 2
    assert texts(timed, clips, GREEDY) == [text for text, _ in expected]


def test_decoding_goes_on_while_a_threshold_is_passed(recogniser: Recogniser) -> None:
    (rows,) = make_clips(1)
    never = Fallback(min_log_probability=-1000.0, max_compression_ratio=1000.0)
    assert spied_temperatures(recogniser, rows, never)[0] == [0.0]
    assert spied_temperatures(recogniser, rows, ALWAYS)[0] == [0.0, 0.5, 1.0]
    repeats = Fallback(min_log_probability=-1000.0, max_compression_ratio=0.01)
    assert spied_temperatures(recogniser, rows, repeats)[0] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_an_improbable_text_of_silence_is_dropped(recogniser: Recogniser) -> None:
    clips = make_clips(3)
    silent = Fallback(min_log_probability=0.0, max_no_speech=0.0)
    assert any(texts(recogniser, clips, GREEDY))
    assert texts(recogniser, clips, silent) == [""] * 3


def test_samples_are_drawn_from_all_tokens(recogniser: Recogniser) -> None:
    _, logits = spied_temperatures(recogniser, make_clips(1)[0], ALWAYS)
    vocabulary = recogniser.model.config.vocab_size
    assert [int(torch.isfinite(row).sum()) for row in logits] == [vocabulary] * 3


def test_samples_follow_from_the_seed_and_the_number_of_the_clip(recogniser: Recogniser) -> None:
    clips = make_clips(4)
    sampled = Fallback(temperatures=[1.0])
    first = texts(recogniser, clips, sampled)
    torch.rand(3)  # what else is drawn does not matter
    assert texts(recogniser, clips, sampled) == first
    assert texts(recogniser, clips[:2], sampled) == first[:2]
    assert texts(recogniser, [clips[0]] * 2, sampled)[1] != first[0]


@pytest.mark.parametrize("choice", ["last", "most_probable"])
def test_of_texts_that_all_fail_one_is_chosen(recogniser: Recogniser, choice: Any) -> None:
    attempts = list[tuple[float, str]]()
    mean = recogniser.model._retrieve_avg_logprobs

    def spy(scores: Any, tokens: torch.Tensor, temperature: float) -> Any:
        value = mean(scores, tokens, temperature)
        attempts.append((float(value), recogniser.tokenizer.decode(tokens, True).strip()))
        return value

    recogniser.model._retrieve_avg_logprobs = spy
    fallback = replace(ALWAYS, when_all_fail=choice, max_compression_ratio=1000.0)
    try:
        decoder = FallbackDecoder(recogniser.model, recogniser.tokenizer, fallback)
        found = decoder.text(make_clips(1)[0], "fa", "transcribe", (0, 0))
    finally:
        vars(recogniser.model).pop("_retrieve_avg_logprobs", None)
    best, last = max(attempts)[1], attempts[-1][1]
    assert len({text for _, text in attempts}) == 3 and best != last
    assert found == (last if choice == "last" else best)


def test_segments_have_the_texts_and_times_of_all_windows(timed: Recogniser) -> None:
    """Of a recording of several windows: as they are written out above."""
    rows = np.concatenate(make_clips(5))
    assert len(rows) > 3 * CONFIGURATION.frames
    done = list[float]()
    decoder = FallbackDecoder(timed.model, timed.tokenizer, GREEDY)
    hop_s = CONFIGURATION.hop / CONFIGURATION.rate_hz
    segments = decoder.segments(rows, "fa", "transcribe", (0, 0), hop_s, done.append)
    whole = decoder.text(rows, "fa", "transcribe", (0, 0))
    assert _letters("".join(one.text for one in segments)) == _letters(whole)
    assert whole == transcribe(timed, rows)[0]
    seconds = len(rows) * hop_s
    times = [(one.start, one.end) for one in segments]
    assert len(times) > 3 and times == sorted(times)
    assert all(0 <= start <= end <= seconds + 0.1 for start, end in times)
    assert times[-1][1] > seconds - CONFIGURATION.window_s
    assert done[0] == 0 and done == sorted(done) and done[-1] > 0.5


def _letters(text: str) -> list[str]:
    """The characters of one byte: others may be divided between segments."""
    return [letter for letter in text if letter.isascii() and not letter.isspace()]


def test_a_model_without_timestamps_has_no_segments(recogniser: Recogniser) -> None:
    decoder = FallbackDecoder(recogniser.model, recogniser.tokenizer, GREEDY)
    with pytest.raises(ValueError, match="timestamps"):
        decoder.segments(make_clips(1)[0], "fa", "transcribe", (0, 0), 0.01, lambda done: None)


def test_the_model_is_left_as_it_was(recogniser: Recogniser) -> None:
    clips = make_clips(3)
    before = recogniser.texts(clips, ["fa"] * 3, "transcribe", 3)
    generation = recogniser.model.generation_config.to_dict()
    texts(recogniser, clips, ALWAYS)
    assert recogniser.model.generation_config.to_dict() == generation
    assert recogniser.texts(clips, ["fa"] * 3, "transcribe", 3) == before


def test_a_dataset_is_decoded_in_the_detected_languages(recogniser: Recogniser) -> None:
    clips = make_clips(3)
    decode = Decode(task="transcribe", fallback=GREEDY)
    rows = list(decoding._texts(recogniser, clips, decode, 1, lambda done: None))
    detected = [code for code, _ in recogniser.detected_texts(clips, "transcribe", 2)]
    assert [language for language, _ in rows] == detected
    assert [text for _, text in rows] == recogniser.texts_with_fallback(
        clips, detected, "transcribe", GREEDY, 1
    )


def test_the_compression_ratio_is_that_of_zlib() -> None:
    text = "سلام دنیا " * 20
    assert compression_ratio(text) == len(text.encode()) / len(zlib.compress(text.encode()))
    assert compression_ratio(text) > 2.4 > compression_ratio("the child likes milk")
    assert compression_ratio("") == 0
