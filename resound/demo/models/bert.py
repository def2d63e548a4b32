"""A small BERT, trained on demo data, that replaces pretrained ones.

Its classes, special tokens and files are those of pretrained models, but it is smaller, and its
training data are pairs of sentences from the demo grammar, none of which has a premise of a
corpus. As in coherent text, the second sentence does not contradict the first; the model sees no
labels.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.demo.models.training import train
from resound.demo.synthesis.sentence_pairs import pairs, vocabulary
from resound.runtime.progress import Progress
from resound.settings import Natural, Positive, PositiveNumber, Share, settings

if TYPE_CHECKING:
    import torch

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءئؤأabcdefghijklmnopqrstuvwxyz۰۱۲۳۴۵۶۷۸۹0123456789"
PUNCTUATION = ".،؛؟!:«»()-"


@settings
class Settings:
    """A small BERT, trained on demo data."""

    kind: Literal["bert"]
    """BERT for masked language modelling."""
    width: Positive = 48
    layers: Positive = 12
    heads: Positive = 4
    tokens: Positive = 128
    """Maximum length of a text, in WordPiece tokens."""
    pairs: Positive = 6000
    """Number of training pairs of sentences."""
    mask_probability: Share = 0.2
    """Probability that a token is masked."""
    shallow_layers: Positive = 3
    """Number of layers of the shallow model that is trained first; a divisor of `layers`."""
    shallow_steps: Positive = 900
    """Training steps of the shallow model."""
    steps: Positive = 60
    """Training steps of the full model."""
    batch_size: Positive = 32
    learning_rate: PositiveNumber = 0.002
    """Peak learning rate of the shallow model, reached after a tenth of the steps; it then decays
    to zero along a cosine. The peak of the full model is half as large."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Train the model and save it with its tokenizer into `folder`.

    A model this narrow and deep does not learn from a random initialisation. Therefore a shallow
    model is trained first; then layers are inserted between its layers, which initially add zero to
    the residual stream (as in Net2Net, Chen et al. 2016), and the full model is trained briefly.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    model, tokenizer = build_model(settings, settings.shallow_layers)
    random = np.random.default_rng([settings.seed, 1])
    entailed = (
        pair for group in pairs("pretraining", random) for pair in group if pair.label == "e"
    )
    train_pairs = list(islice(entailed, settings.pairs))
    texts = tokenizer(
        [pair.premise for pair in train_pairs], [pair.hypothesis for pair in train_pairs]
    )
    progress(f"training on {len(train_pairs)} pairs of sentences")
    peak = settings.learning_rate
    _train(model, texts, settings, settings.shallow_steps, peak, random, progress)
    model = _deepen(model, settings)
    _train(model, texts, settings, settings.steps, peak / 2, random, progress)
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def build_model(settings: Settings, layers: int | None = None) -> tuple[Any, Any]:
    """Return a randomly initialised model with `layers` layers (default: all) and its tokenizer.

    The standard deviation of the initial weights is larger than usual (0.1 instead of 0.02), and
    larger for word embeddings than for position embeddings: otherwise a model this narrow takes
    long to learn which words are similar.
    """
    import torch
    from transformers import BertConfig, BertForPreTraining

    tokenizer = _tokenizer(settings.tokens)
    torch.manual_seed(settings.seed)
    model = BertForPreTraining(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=settings.width,
            num_hidden_layers=layers or settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.width,
            max_position_embeddings=settings.tokens,
            initializer_range=0.1,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight *= 1.5
        model.bert.embeddings.position_embeddings.weight *= 0.1
    return model, tokenizer


def _tokenizer(longest: int) -> Any:
    """Build a BERT tokenizer with the words of the grammar; it splits other words into letters."""
    from transformers import BertTokenizer

    # The tokenizer removes zero-width non-joiners before it looks up a word.
    words = [word.replace("\u200c", "") for word in vocabulary()]
    pieces = [*SPECIAL, *PUNCTUATION, *LETTERS, *(f"##{letter}" for letter in LETTERS), *words]
    return BertTokenizer(
        vocab={piece: number for number, piece in enumerate(dict.fromkeys(pieces))},
        do_lower_case=True,
        strip_accents=False,
        model_max_length=longest,
    )


def _deepen(shallow: Any, settings: Settings) -> Any:
    """Return the full model, initialised to predict the same as the shallow model."""
    import torch

    model, _ = build_model(settings)
    weights = shallow.state_dict()
    model.load_state_dict({k: v for k, v in weights.items() if ".layer." not in k}, strict=False)
    interval = settings.layers // settings.shallow_layers
    for number, layer in enumerate(model.bert.encoder.layer):
        if number % interval == 0:
            layer.load_state_dict(shallow.bert.encoder.layer[number // interval].state_dict())
        else:
            for projection in (layer.attention.output.dense, layer.output.dense):
                torch.nn.init.zeros_(projection.weight)
    return model


def _train(
    model: Any,
    texts: Any,
    settings: Settings,
    steps: int,
    peak_learning_rate: float,
    random: np.random.Generator,
    progress: Progress,
) -> None:
    """Train `model` to predict masked tokens (Devlin et al. 2019)."""
    import torch

    def next_loss() -> "torch.Tensor":
        items = random.integers(len(texts["input_ids"]), size=settings.batch_size)
        tokens, segments = (
            _pad([texts[key][item] for item in items]) for key in ("input_ids", "token_type_ids")
        )
        masked = torch.from_numpy(random.random(tokens.shape) < settings.mask_probability)
        masked &= tokens >= len(SPECIAL)
        states = model.bert(
            input_ids=tokens.masked_fill(masked, SPECIAL.index("[MASK]")),
            token_type_ids=segments,
            attention_mask=(tokens != 0).long(),
        ).last_hidden_state
        logits = model.cls.predictions(states[masked])
        return torch.nn.functional.cross_entropy(logits, tokens[masked])

    model.train()
    name = f"{model.config.num_hidden_layers} layers"
    losses = (next_loss() for _ in range(steps))
    train(model.parameters(), losses, steps, peak_learning_rate, name, progress)


def _pad(rows: Sequence[list[int]]) -> "torch.Tensor":
    """Stack rows of different lengths, padded with zeros."""
    import torch

    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
