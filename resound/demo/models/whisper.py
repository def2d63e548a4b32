"""A small Whisper, trained on demo data, that replaces pretrained ones.

Its classes, special tokens and files are those of pretrained models, but it is smaller: its input
is three seconds long, and its vocabulary covers the demo grammars. The training clips share no
voices and no sentences with the demo corpora.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.arrays import Array
from resound.demo.models.training import train
from resound.demo.synthesis import sound
from resound.demo.synthesis.phrases import Language, pretraining_clips
from resound.features import whisper
from resound.models.whisper.prompts import IGNORED, SPECIAL, labels
from resound.runtime.progress import Progress
from resound.settings import Natural, Positive, PositiveNumber, settings

if TYPE_CHECKING:
    import torch

_SNR_DB = (10, 30)
"""Bounds of the signal-to-noise ratio of the noise added to training clips, in dB."""


@settings
class Settings:
    """A small Whisper, trained on demo data."""

    kind: Literal["whisper"]
    """Whisper for speech recognition and translation."""
    features: str
    """Name of the feature configuration of its input; the `demo` values of it apply."""
    sentences: dict[Language, Positive]
    """Number of training sentences per language: `{fa: 400, zh: 300, en: 150}`. The model
    transcribes Persian and English, and translates Mandarin."""
    width: Positive = 64
    layers: Positive = 2
    """Number of layers of the encoder, and of the decoder."""
    heads: Positive = 4
    vocabulary: Positive = 320
    """Number of tokens without the special ones. It is only slightly larger than the number of
    bytes, because a model trained on few words spells better with small units."""
    tokens: Positive = 64
    """Maximum length of a text in tokens."""
    ctc_steps: Positive = 600
    """Training steps of the encoder alone, by connectionist temporal classification (Graves et al.
    2006); without them, a decoder this small often fails to attend to the encoder."""
    steps: Positive = 600
    """Training steps of the full model."""
    batch_size: Positive = 16
    learning_rate: PositiveNumber = 0.003
    """Peak learning rate, reached after a tenth of the steps; it then decays to zero along a
    cosine."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(
    settings: Settings,
    configuration: whisper.Settings,
    folder: Path,
    progress: Progress,
) -> None:
    """Train the model and save it with its tokenizer and feature extractor into `folder`.

    Raises `UserError` if speech synthesis fails, or if a grammar has too few sentences.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    clips, transcripts, outputs = [], [], []
    random = np.random.default_rng(settings.seed)
    for language, count in settings.sentences.items():
        for phrase in pretraining_clips(language, count, settings.seed):
            noisy = sound.add_noise(phrase.samples, random.uniform(*_SNR_DB), random)
            clips.append(whisper.extract(configuration, [noisy]))
            transcripts.append(phrase.text)
            outputs.append((language, phrase.translation or phrase.text))
    progress(f"training on {len(clips)} sentences")
    texts = [*transcripts, *(text for _, text in outputs)]
    model, tokenizer, extractor = build_model(settings, configuration, texts)
    inputs = torch.from_numpy(
        np.stack([whisper.padded(rows, configuration.frames) for rows in clips])
    )
    tasks = {language: "translate" if language == "zh" else "transcribe" for language, _ in outputs}
    targets = [labels(tokenizer, language, tasks[language], text) for language, text in outputs]
    _train(model, tokenizer, inputs, transcripts, targets, settings, progress)
    for component in (model, tokenizer, extractor):
        component.save_pretrained(folder)


def build_model(
    settings: Settings, configuration: whisper.Settings, texts: Sequence[str]
) -> tuple[Any, Any, Any]:
    """Return a randomly initialised model, a tokenizer trained on `texts`, a feature extractor."""
    from transformers import WhisperFeatureExtractor

    tokenizer = _train_tokenizer(texts, settings.vocabulary)
    extractor = WhisperFeatureExtractor(
        feature_size=configuration.mels,
        hop_length=configuration.hop,
        chunk_length=configuration.window_s,
    )
    return _initialise(settings, configuration, tokenizer), tokenizer, extractor


def _train_tokenizer(texts: Sequence[str], size: int) -> Any:
    """Train a byte-pair encoding of `size` tokens on `texts`, and add Whisper's special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import WhisperTokenizer
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator(texts, trainer)
    trained = json.loads(bpe.to_str())["model"]
    names = ["startoftranscript", *list(LANGUAGES)[:99], "translate", "transcribe"]
    names += ["startoflm", "startofprev", "nospeech", "notimestamps"]
    return WhisperTokenizer(
        vocab=trained["vocab"],
        merges=[tuple(pair) for pair in trained["merges"]],
        additional_special_tokens=[SPECIAL.format(name) for name in names],
    )


def _initialise(settings: Settings, configuration: whisper.Settings, tokenizer: Any) -> Any:
    """Return a randomly initialised model with its generation configuration."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES, TASK_IDS

    def token(name: str) -> int:
        token_id: int = tokenizer.convert_tokens_to_ids(SPECIAL.format(name))
        return token_id

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
    generation._from_model_config = False  # otherwise loading the model would rebuild it
    generation.is_multilingual = True
    generation.lang_to_id = {SPECIAL.format(name): token(name) for name in list(LANGUAGES)[:99]}
    generation.task_to_id = {task: token(task) for task in TASK_IDS}
    generation.no_timestamps_token_id = token("notimestamps")
    generation.max_length = settings.tokens
    generation.suppress_tokens = generation.begin_suppress_tokens = None
    return model


def _train(
    model: Any,
    tokenizer: Any,
    inputs: "torch.Tensor",
    transcripts: Sequence[str],
    targets: Sequence[list[int]],
    settings: Settings,
    progress: Progress,
) -> None:
    """Train the encoder alone to align `transcripts`, then the full model to predict `targets`."""
    import torch

    encoder, blank = model.get_encoder(), model.config.eos_token_id
    head = torch.nn.Linear(settings.width, model.config.vocab_size)
    tokens = [
        torch.tensor(tokenizer(text, add_special_tokens=False).input_ids) for text in transcripts
    ]

    def ctc_loss(items: Array) -> "torch.Tensor":
        scores = head(encoder(inputs[items]).last_hidden_state).log_softmax(2).transpose(0, 1)
        frames = torch.full((len(items),), len(scores))
        lengths = torch.tensor([len(tokens[item]) for item in items])
        concatenated = torch.cat([tokens[item] for item in items])
        return torch.nn.functional.ctc_loss(
            scores, concatenated, frames, lengths, blank, zero_infinity=True
        )

    def decoder_loss(items: Array) -> "torch.Tensor":
        rows = [torch.tensor(targets[item]) for item in items]
        padded = torch.nn.utils.rnn.pad_sequence(rows, True, IGNORED)
        loss: torch.Tensor = model(input_features=inputs[items], labels=padded).loss
        return loss

    model.train()
    random = np.random.default_rng(settings.seed)
    encoder_parameters = [*encoder.parameters(), *head.parameters()]
    phases = [
        (ctc_loss, encoder_parameters, settings.ctc_steps, "encoder"),
        (decoder_loss, list(model.parameters()), settings.steps, "full model"),
    ]
    for loss_of, parameters, steps, name in phases:
        batches = _batches(len(inputs), steps, settings.batch_size, random)
        losses = map(loss_of, batches)
        train(parameters, losses, steps, settings.learning_rate, name, progress)
    model.eval()


def _batches(items: int, steps: int, size: int, random: np.random.Generator) -> Iterator[Any]:
    """Yield the items of each step; each epoch has a new random order."""
    order: Any = np.zeros(0, np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = random.permutation(items)
        yield order[:size]
        order = order[size:]
