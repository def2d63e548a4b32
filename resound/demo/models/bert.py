"""A small BERT that stands in for the real ones on demo data, trained on the spot.

The classes, the tokens and the files are the real ones'; the size is not, nor is what it has read:
pairs of sentences of the demo's grammar, of which no premise is one of the corpus'. As in any
coherent text the second does not contradict the first; the model meets no label.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.demo.corpora.nli import pairs, vocabulary
from resound.demo.synthesis.training_speech import practise
from resound.settings import Natural, Positive, PositiveNumber, Share, settings

if TYPE_CHECKING:
    import torch

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءئؤأabcdefghijklmnopqrstuvwxyz۰۱۲۳۴۵۶۷۸۹0123456789"
SIGNS = ".،؛؟!:«»()-"


@settings
class Settings:
    """A small BERT."""

    kind: Literal["bert"]
    """A small BERT."""
    width: Positive = 48
    layers: Positive = 12
    heads: Positive = 4
    tokens: Positive = 128
    """The longest text, in pieces of words."""
    pairs: Positive = 6000
    """Pairs of sentences that it practises on."""
    masked: Share = 0.2
    """Share of the words that it is to guess."""
    shallow: Positive = 3
    """Layers that practise first, alone; `layers` is a multiple of them."""
    warm_up: Positive = 900
    """Steps of the shallow model."""
    steps: Positive = 60
    """Steps of the whole."""
    batch_size: Positive = 32
    learning_rate: PositiveNumber = 0.002
    """The highest, of the shallow model; it rises to it in a tenth of the steps and falls to zero
    along a cosine. The whole takes half of it."""
    seed: Natural = 1


def make(settings: Settings, folder: Path, progress: Callable[[str], None]) -> None:
    """Train the model and save it with its tokenizer into `folder`.

    So narrow and deep a model learns nothing when it begins at random. A shallow one practises
    first; then layers are put between its own that change nothing at first, for what they would
    add is zero (as in Chen et al. 2016, Net2Net), and the whole practises a little.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    model, tokenizer = untrained(settings, settings.shallow)
    random = np.random.default_rng([settings.seed, 1])
    told = (pair for group in pairs("practice", random) for pair in group if pair.label == "e")
    read = list(islice(told, settings.pairs))
    texts = tokenizer([pair.premise for pair in read], [pair.hypothesis for pair in read])
    progress(f"practises on {len(read)} pairs of sentences")
    _practise(model, texts, settings, settings.warm_up, settings.learning_rate, random, progress)
    model = _deepened(model, settings)
    _practise(model, texts, settings, settings.steps, settings.learning_rate / 2, random, progress)
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def untrained(settings: Settings, layers: int | None = None) -> tuple[Any, Any]:
    """The model before any training, with all its layers if not told how many; the tokenizer.

    Weights are spread wider than is usual (0.1, not 0.02) and words more than positions, or so
    narrow a model takes long to see which words are alike.
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
    """BERT's tokenizer, which knows the words of the grammar and spells others by letters."""
    from transformers import BertTokenizer

    # It drops zero-width joiners before it looks a word up.
    words = [word.replace("\u200c", "") for word in vocabulary()]
    pieces = [*SPECIAL, *SIGNS, *LETTERS, *(f"##{letter}" for letter in LETTERS), *words]
    return BertTokenizer(
        vocab={piece: number for number, piece in enumerate(dict.fromkeys(pieces))},
        do_lower_case=True,
        strip_accents=False,
        model_max_length=longest,
    )


def _deepened(shallow: Any, settings: Settings) -> Any:
    """The whole model, which says what the shallow one says."""
    import torch

    model, _ = untrained(settings)
    weights = shallow.state_dict()
    model.load_state_dict({k: v for k, v in weights.items() if ".layer." not in k}, strict=False)
    every = settings.layers // settings.shallow
    for number, layer in enumerate(model.bert.encoder.layer):
        if number % every == 0:
            layer.load_state_dict(shallow.bert.encoder.layer[number // every].state_dict())
        else:
            for part in (layer.attention.output.dense, layer.output.dense):
                torch.nn.init.zeros_(part.weight)
    return model


def _practise(
    model: Any,
    texts: Any,
    settings: Settings,
    steps: int,
    highest: float,
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> None:
    """Train `model` to guess masked words (Devlin et al. 2019)."""
    import torch

    def next_loss() -> "torch.Tensor":
        items = random.integers(len(texts["input_ids"]), size=settings.batch_size)
        words, kinds = (
            _padded([texts[k][i] for i in items]) for k in ("input_ids", "token_type_ids")
        )
        hidden = torch.from_numpy(random.random(words.shape) < settings.masked)
        hidden &= words >= len(SPECIAL)
        read = model.bert(
            input_ids=words.masked_fill(hidden, SPECIAL.index("[MASK]")),
            token_type_ids=kinds,
            attention_mask=(words != 0).long(),
        ).last_hidden_state
        guesses = model.cls.predictions(read[hidden])
        return torch.nn.functional.cross_entropy(guesses, words[hidden])

    model.train()
    what = f"{model.config.num_hidden_layers} layers"
    losses = (next_loss() for _ in range(steps))
    practise(model.parameters(), losses, steps, highest, what, progress)


def _padded(rows: Sequence[list[int]]) -> "torch.Tensor":
    """Rows of unlike lengths as one array, filled with zeros."""
    import torch

    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
