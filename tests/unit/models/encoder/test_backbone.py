"""Encoders: what one makes of an item is its own; frozen, cut and pruned they are what is said."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features.hidden_states import Settings as Hidden
from resound.models.encoder import backbone
from resound.models.encoder.classifier import Classifier
from resound.models.encoder.hidden_states import mean_states
from resound.models.encoder.settings import Head, Settings
from resound.training.inputs.arrange import Ragged
from tests.helpers.encoders import bert, hubert, sentences, waves


def ragged(rows: list[np.ndarray]) -> Ragged:
    offsets = np.cumsum([0, *map(len, rows)])
    return Ragged(Features(np.concatenate(rows), offsets), np.arange(len(rows)))


def settings(**changes: object) -> Settings:
    return Settings(kind="encoder", pretrained="any", **changes)


@pytest.mark.parametrize("norm", ["group", "layer"])
@torch.inference_mode()
def test_states_of_a_wave_are_those_that_it_has_alone_in_transformers(
    tmp_path: Path, norm: str
) -> None:
    from transformers import HubertModel

    folder, clips = hubert(tmp_path, norm), waves(900, 400, 655)
    encoder, oracle = backbone.open_encoder(folder).eval(), HubertModel.from_pretrained(folder)
    batch = torch.from_numpy(ragged(clips).padded(np.arange(3)))
    states, valid = backbone.states_of(encoder, batch, each=True)
    assert len(states) == 3
    for n, clip in enumerate(clips):
        told = oracle.eval()(torch.from_numpy(clip.T), output_hidden_states=True)
        steps = told.last_hidden_state.shape[1]
        assert valid[n].sum() == steps
        for layer, own in zip(states, told.hidden_states, strict=True):
            torch.testing.assert_close(layer[n, :steps], own[0], atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_states_of_a_text_are_those_that_it_has_alone_in_transformers(tmp_path: Path) -> None:
    from transformers import BertModel

    folder, texts = bert(tmp_path), sentences(9, 4, 20)
    encoder, oracle = backbone.open_encoder(folder).eval(), BertModel.from_pretrained(folder)
    states, valid = backbone.states_of(
        encoder, torch.from_numpy(ragged(texts).padded(np.arange(3)))
    )
    for n, text in enumerate(texts):
        numbers, kinds = torch.from_numpy(text.T.astype(np.int64))
        told = oracle.eval()(input_ids=numbers[None], token_type_ids=kinds[None])
        assert valid[n].sum() == len(text)
        own = states[-1][n, : len(text)]
        torch.testing.assert_close(own, told.last_hidden_state[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["waves", "texts"])
def test_features_depend_neither_on_the_size_of_a_batch_nor_on_padding(
    tmp_path: Path, kind: str
) -> None:
    folder = hubert(tmp_path) if kind == "waves" else bert(tmp_path)
    clips = waves(900, 400, 655, 120) if kind == "waves" else sentences(9, 4, 20, 7)
    made = [
        mean_states(
            backbone.open_encoder(folder),
            ragged(clips),
            Hidden(
                kind="hidden_states", pretrained="any", of="any", layers=layers, batch_size=size
            ),
            "cpu",
            lambda line: None,
        )
        for layers, size in [("each", 1), ("each", 4), ("each", 3), ("last", 4)]
    ]
    assert made[0].shape == (4, 3 if kind == "waves" else 13, 16)
    for other in made[1:]:
        np.testing.assert_allclose(other, made[0][:, -other.shape[1] :], atol=1e-5)


@pytest.mark.parametrize("pool", ["mean", "pooler"])
@torch.inference_mode()
def test_logits_of_a_text_do_not_depend_on_its_company(tmp_path: Path, pool: str) -> None:
    texts = ragged(sentences(9, 4, 20))
    classifier = Classifier.begin(bert(tmp_path), settings(pool=pool), 3, seed=0).eval()
    together = classifier(torch.from_numpy(texts.padded(np.arange(3))))
    for n in range(3):
        alone = classifier(torch.from_numpy(texts.padded(np.array([n]))))
        torch.testing.assert_close(together[n], alone[0], atol=1e-5, rtol=1e-5)


def trainable(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def test_freezing_leaves_later_layers_the_pooler_and_the_head(tmp_path: Path) -> None:
    folder = bert(tmp_path)

    def learning(**changes: object) -> int:
        classifier = Classifier.begin(folder, settings(pool="pooler", **changes), 3, seed=0)
        return trainable(classifier)

    layer = 4 * (16 * 16 + 16) + 2 * 16 * 32 + 16 + 32 + 4 * 16  # attention, dense, norms
    head, pooler = 16 * 3 + 3, 16 * 16 + 16
    embeddings = (13 + 64 + 2) * 16 + 2 * 16
    assert learning() == embeddings + 12 * layer + pooler + head
    assert learning(freeze=0) == 12 * layer + pooler + head
    assert learning(freeze=9) == 3 * layer + pooler + head
    assert learning(freeze=11) == layer + pooler + head
    assert learning(freeze="encoder") == head
    assert learning(layers=9) == embeddings + 9 * layer + pooler + head
    # Half of four heads: half of the rows of query, key and value, half of the output's columns.
    gone = 3 * (8 * 16 + 8) + 8 * 16
    assert learning(prune_heads={1: 0.5}) == embeddings + 12 * layer + pooler + head - gone


def test_a_frozen_front_of_a_hubert_is_its_convolutions(tmp_path: Path) -> None:
    classifier = Classifier.begin(hubert(tmp_path), settings(freeze=0), 3, seed=0)
    names = {n for n, p in classifier.encoder.named_parameters() if p.requires_grad}
    assert names and all(name.startswith("encoder.layers.") for name in names)


@torch.inference_mode()
def test_a_pruned_head_says_nothing_as_one_whose_output_is_nothing(tmp_path: Path) -> None:
    folder, texts = bert(tmp_path, layers=2), ragged(sentences(9, 4))
    batch = torch.from_numpy(texts.padded(np.arange(2)))
    pruned, muted = (backbone.open_encoder(folder).eval() for _ in range(2))
    backbone.prune_heads(pruned, {0: [1, 3]})
    columns = muted.encoder.layer[0].attention.output.dense.weight
    for head in (1, 3):
        columns[:, 4 * head : 4 * (head + 1)] = 0
    own, oracle = (backbone.states_of(encoder, batch)[0][0] for encoder in (pruned, muted))
    torch.testing.assert_close(own, oracle, atol=1e-6, rtol=1e-5)
    assert pruned.encoder.layer[0].attention.self.query.weight.shape == (8, 16)
    assert pruned.encoder.layer[1].attention.self.query.weight.shape == (16, 16)


def test_heads_are_drawn_by_the_seed(tmp_path: Path) -> None:
    encoder = backbone.open_encoder(bert(tmp_path, layers=2))
    draws = [backbone.drawn_heads(encoder, {1: 0.5}, seed) for seed in (1, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len({tuple(draw[0]) for draw in draws}) > 1
    assert all(len(set(draw[0])) == 2 and set(draw[0]) < set(range(4)) for draw in draws)


@pytest.mark.parametrize(
    "changes",
    [
        {"pool": "pooler"},
        {"pool": "mean", "head": Head(normalise=True, hidden=8)},
        {"pool": "pooler", "layers": 1},
        {"pool": "pooler", "prune_heads": {1: 0.5}},
    ],
)
@torch.inference_mode()
def test_what_is_saved_opens_and_says_the_same(tmp_path: Path, changes: dict[str, object]) -> None:
    folder, texts = bert(tmp_path / "came", layers=2), ragged(sentences(9, 4))
    batch = torch.from_numpy(texts.padded(np.arange(2)))
    classifier = Classifier.begin(folder, settings(**changes), 3, seed=0).eval()
    classifier.save(tmp_path / "saved", ["e", "c", "n"])
    opened, classes = Classifier.open(tmp_path / "saved")
    assert classes == ["e", "c", "n"]
    torch.testing.assert_close(opened(batch), classifier(batch))


@torch.inference_mode()
def test_a_saved_encoder_opens_in_transformers(tmp_path: Path) -> None:
    from transformers import AutoModel

    classifier = Classifier.begin(hubert(tmp_path / "came"), settings(), 3, seed=0).eval()
    classifier.save(tmp_path / "saved", ["a", "b", "c"])
    opened = AutoModel.from_pretrained(tmp_path / "saved").eval()
    clip = torch.from_numpy(waves(700)[0])
    own = backbone.states_of(classifier.encoder, clip[None])[0][0]
    torch.testing.assert_close(opened(clip.T).last_hidden_state, own, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": 3}, "has 2 layers, not 3"),
        ({"freeze": 3}, "has 2 layers, not 3"),
        ({"prune_heads": {3: 0.5}}, "has 2 layers, not 3"),
        ({"prune_heads": {1: 0.9}}, "none would be left"),
    ],
)
def test_what_a_model_has_not_is_said(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        Classifier.begin(bert(tmp_path, layers=2), settings(**changes), 3, seed=0)


def test_a_folder_without_a_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no encoder"):
        backbone.open_encoder(tmp_path)
    with pytest.raises(UserError, match="holds no tokenizer"):
        backbone.open_tokenizer(tmp_path)
    with pytest.raises(UserError, match="holds no classifier"):
        Classifier.open(tmp_path)


def test_a_hubert_has_no_pooler(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pooler"):
        Classifier.begin(hubert(tmp_path), settings(pool="pooler"), 3, seed=0)
