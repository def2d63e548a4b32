"""A small Whisper that stands in for the real ones on demo data, trained on the spot.

The classes, the tokens and the files are the real ones'; the size is not: it hears three seconds
and knows the words of the demo's grammars. What it practises on is spoken by voices, and holds
sentences, that the demo corpora have not.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.arrays import Array
from resound.demo.synthesis import sound
from resound.demo.synthesis.phrases import Language, practice_clips
from resound.demo.synthesis.training_speech import practise
from resound.features import whisper
from resound.models.whisper.prompts import IGNORED, SPECIAL, labels
from resound.settings import Natural, Positive, PositiveNumber, settings

if TYPE_CHECKING:
    import torch

_SNR_DB = (10, 30)


@settings
class Settings:
    """A small Whisper."""

    kind: Literal["whisper"]
    """A small Whisper."""
    features: str
    """The configuration that it takes, as it is on demo data."""
    practice: dict[Language, Positive]
    """How many sentences of each language it practises on: `{fa: 400, zh: 300, en: 150}`; it
    transcribes Persian and English, and translates Mandarin."""
    width: Positive = 64
    layers: Positive = 2
    """Of the encoder, and of the decoder."""
    heads: Positive = 4
    vocabulary: Positive = 320
    """Pieces of words, besides the special tokens: little more than the bytes, for who has heard
    few words spells better than guesses."""
    tokens: Positive = 64
    """The longest text."""
    warm_up: Positive = 600
    """Steps of the encoder alone, by connectionist temporal classification (Graves et al. 2006):
    without them whether so small a decoder ever listens is a matter of chance."""
    steps: Positive = 600
    """Steps of the whole."""
    batch_size: Positive = 16
    learning_rate: PositiveNumber = 0.003
    """The highest; it rises to it in a tenth of the steps and falls to zero along a cosine."""
    seed: Natural = 1


def make(
    settings: Settings,
    configuration: whisper.Settings,
    folder: Path,
    progress: Callable[[str], None],
) -> None:
    """Train the model and save it with its tokenizer and feature extractor into `folder`."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    clips, texts, targets = [], [], []
    random = np.random.default_rng(settings.seed)
    for language, count in settings.practice.items():
        for spoken in practice_clips(language, count, settings.seed):
            noisy = sound.add_noise(spoken.samples, random.uniform(*_SNR_DB), random)
            clips.append(whisper.extract(configuration, [noisy]))
            texts.append(spoken.text)
            targets.append((language, spoken.translation or spoken.text))
    progress(f"practises on {len(clips)} sentences")
    known = [*texts, *(text for _, text in targets)]
    model, tokenizer, extractor = untrained(settings, configuration, known)
    heard = torch.from_numpy(
        np.stack([whisper.padded(rows, configuration.frames) for rows in clips])
    )
    tasks = {language: "translate" if language == "zh" else "transcribe" for language, _ in targets}
    told = [labels(tokenizer, name, tasks[name], text) for name, text in targets]
    _practise(model, tokenizer, heard, texts, told, settings, progress)
    for part in (model, tokenizer, extractor):
        part.save_pretrained(folder)


def untrained(
    settings: Settings, configuration: whisper.Settings, texts: Sequence[str]
) -> tuple[Any, Any, Any]:
    """The model before any training, a tokenizer that knows `texts`, the feature extractor."""
    from transformers import WhisperFeatureExtractor

    tokenizer = _tokenizer(texts, settings.vocabulary)
    extractor = WhisperFeatureExtractor(
        feature_size=configuration.mels,
        hop_length=configuration.hop,
        chunk_length=configuration.window_s,
    )
    return _model(settings, configuration, tokenizer), tokenizer, extractor


def _tokenizer(texts: Sequence[str], size: int) -> Any:
    """Whisper's tokenizer, its pieces of words learnt from `texts`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import WhisperTokenizer
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    pieces.train_from_iterator(texts, trainer)
    learnt = json.loads(pieces.to_str())["model"]
    names = ["startoftranscript", *list(LANGUAGES)[:99], "translate", "transcribe"]
    names += ["startoflm", "startofprev", "nospeech", "notimestamps"]
    return WhisperTokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(pair) for pair in learnt["merges"]],
        additional_special_tokens=[SPECIAL.format(name) for name in names],
    )


def _model(settings: Settings, configuration: whisper.Settings, tokenizer: Any) -> Any:
    """The model before any training, and how it is to generate."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES, TASK_IDS

    def token(name: str) -> int:
        number: int = tokenizer.convert_tokens_to_ids(SPECIAL.format(name))
        return number

    end = token("endoftext")
    torch.manual_seed(settings.seed)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer),
            num_mel_bins=configuration.mels,
            d_model=settings.width,
            encoder_layers=settings.layers,
            decoder_layers=settings.layers,
            encoder_attention_heads=settings.heads,
            decoder_attention_heads=settings.heads,
            encoder_ffn_dim=4 * settings.width,
            decoder_ffn_dim=4 * settings.width,
            max_source_positions=configuration.frames // 2,
            max_target_positions=settings.tokens,
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=token("startoftranscript"),
        )
    )
    generation = model.generation_config
    generation._from_model_config = False  # else it would be made anew when the model is opened
    generation.is_multilingual = True
    generation.lang_to_id = {SPECIAL.format(name): token(name) for name in list(LANGUAGES)[:99]}
    generation.task_to_id = {task: token(task) for task in TASK_IDS}
    generation.no_timestamps_token_id = token("notimestamps")
    generation.max_length = settings.tokens
    generation.suppress_tokens = generation.begin_suppress_tokens = None
    return model


def _practise(
    model: Any,
    tokenizer: Any,
    heard: "torch.Tensor",
    spoken: Sequence[str],
    told: Sequence[list[int]],
    settings: Settings,
    progress: Callable[[str], None],
) -> None:
    """Train the encoder alone, then the whole."""
    import torch

    encoder, blank = model.get_encoder(), model.config.eos_token_id
    head = torch.nn.Linear(settings.width, model.config.vocab_size)
    texts = [torch.tensor(tokenizer(text, add_special_tokens=False).input_ids) for text in spoken]

    def by_alignment(items: Array) -> "torch.Tensor":
        logits = head(encoder(heard[items]).last_hidden_state).log_softmax(2).transpose(0, 1)
        lengths = torch.tensor([len(texts[item]) for item in items])
        frames = torch.full((len(items),), len(logits))
        wanted = torch.cat([texts[item] for item in items])
        return torch.nn.functional.ctc_loss(
            logits, wanted, frames, lengths, blank, zero_infinity=True
        )

    def by_text(items: Array) -> "torch.Tensor":
        written = [torch.tensor(told[item]) for item in items]
        wanted = torch.nn.utils.rnn.pad_sequence(written, True, IGNORED)
        loss: torch.Tensor = model(input_features=heard[items], labels=wanted).loss
        return loss

    model.train()
    random = np.random.default_rng(settings.seed)
    alone = [*encoder.parameters(), *head.parameters()]
    stages = [
        (by_alignment, alone, settings.warm_up, "encoder"),
        (by_text, list(model.parameters()), settings.steps, "whole"),
    ]
    for loss_of, parameters, steps, what in stages:
        batches = _batches(len(heard), steps, settings.batch_size, random)
        losses = map(loss_of, batches)
        practise(parameters, losses, steps, settings.learning_rate, what, progress)
    model.eval()


def _batches(items: int, steps: int, size: int, random: np.random.Generator) -> Iterator[Any]:
    """The items of each step: all of them in a new order, again and again."""
    order: Any = np.zeros(0, np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = random.permutation(items)
        yield order[:size]
        order = order[size:]
