"""Encoders: states independent of the batch; freezing, pruning, saving and loading."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from resound.errors import UserError
from resound.features.hidden_states import Settings as Hidden
from resound.models.encoder import backbone
from resound.models.encoder.classifier import Classifier
from resound.models.encoder.hidden_states import mean_hidden_states
from resound.models.encoder.settings import Head, Settings
from resound.training.inputs.ragged import Ragged
from tests.helpers.encoders import make_sentences, make_waves, save_bert, save_hubert
from tests.helpers.examples import features_of


def ragged(rows: list[np.ndarray]) -> Ragged:
    return Ragged(features_of(rows), np.arange(len(rows)))


def settings(**changes: object) -> Settings:
    return Settings(kind="encoder", pretrained="any", **changes)


@pytest.mark.parametrize("norm", ["group", "layer"])
@torch.inference_mode()
def test_states_of_a_wave_equal_those_of_the_wave_alone_in_transformers(
    tmp_path: Path, norm: str
) -> None:
    from transformers import HubertModel

    folder, clips = save_hubert(tmp_path, norm), make_waves(900, 400, 655)
    encoder, reference = backbone.open_encoder(folder).eval(), HubertModel.from_pretrained(folder)
    batch = torch.from_numpy(ragged(clips).padded(np.arange(3)))
    states, valid = backbone.hidden_states(encoder, batch, all_layers=True)
    assert len(states) == 3
    for n, clip in enumerate(clips):
        output = reference.eval()(torch.from_numpy(clip.T), output_hidden_states=True)
        steps = output.last_hidden_state.shape[1]
        assert valid[n].sum() == steps
        for layer, expected in zip(states, output.hidden_states, strict=True):
            torch.testing.assert_close(layer[n, :steps], expected[0], atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_states_of_a_text_equal_those_of_the_text_alone_in_transformers(
    tmp_path: Path,
) -> None:
    from transformers import BertModel

    folder, texts = save_bert(tmp_path), make_sentences(9, 4, 20)
    encoder, reference = backbone.open_encoder(folder).eval(), BertModel.from_pretrained(folder)
    states, valid = backbone.hidden_states(
        encoder, torch.from_numpy(ragged(texts).padded(np.arange(3)))
    )
    for n, text in enumerate(texts):
        numbers, kinds = torch.from_numpy(text.T.astype(np.int64))
        output = reference.eval()(input_ids=numbers[None], token_type_ids=kinds[None])
        assert valid[n].sum() == len(text)
        state = states[-1][n, : len(text)]
        torch.testing.assert_close(state, output.last_hidden_state[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["waves", "texts"])
def test_features_depend_neither_on_batch_size_nor_on_padding(tmp_path: Path, kind: str) -> None:
    folder = save_hubert(tmp_path) if kind == "waves" else save_bert(tmp_path)
    clips = make_waves(900, 400, 655, 120) if kind == "waves" else make_sentences(9, 4, 20, 7)
    states = [
        mean_hidden_states(
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
    assert states[0].shape == (4, 3 if kind == "waves" else 13, 16)
    for other in states[1:]:
        np.testing.assert_allclose(other, states[0][:, -other.shape[1] :], atol=1e-5)


@pytest.mark.parametrize("pool", ["mean", "pooler"])
@torch.inference_mode()
def test_logits_of_a_text_do_not_depend_on_its_batch(tmp_path: Path, pool: str) -> None:
    texts = ragged(make_sentences(9, 4, 20))
    classifier = Classifier.from_pretrained(
        save_bert(tmp_path), settings(pool=pool), 3, seed=0
    ).eval()
    together = classifier(torch.from_numpy(texts.padded(np.arange(3))))
    for n in range(3):
        alone = classifier(torch.from_numpy(texts.padded(np.array([n]))))
        torch.testing.assert_close(together[n], alone[0], atol=1e-5, rtol=1e-5)


def trainable(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def test_later_layers_pooler_and_head_stay_trainable(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)

    def parameters(**changes: object) -> int:
        classifier = Classifier.from_pretrained(
            folder, settings(pool="pooler", **changes), 3, seed=0
        )
        return trainable(classifier)

    layer = 4 * (16 * 16 + 16) + 2 * 16 * 32 + 16 + 32 + 4 * 16  # attention, dense, norms
    head, pooler = 16 * 3 + 3, 16 * 16 + 16
    embeddings = (13 + 64 + 2) * 16 + 2 * 16
    assert parameters() == embeddings + 12 * layer + pooler + head
    assert parameters(freeze=0) == 12 * layer + pooler + head
    assert parameters(freeze=9) == 3 * layer + pooler + head
    assert parameters(freeze=11) == layer + pooler + head
    assert parameters(freeze=11, freeze_embeddings=False) == embeddings + layer + pooler + head
    assert parameters(freeze="encoder") == head
    assert parameters(layers=9) == embeddings + 9 * layer + pooler + head
    # Two of four heads: half of the rows of query, key and value, half of the output's columns.
    pruned = 3 * (8 * 16 + 8) + 8 * 16
    assert parameters(prune_heads={1: 0.5}) == embeddings + 12 * layer + pooler + head - pruned


def test_freezing_no_layer_of_a_hubert_freezes_its_convolutions(tmp_path: Path) -> None:
    classifier = Classifier.from_pretrained(save_hubert(tmp_path), settings(freeze=0), 3, seed=0)
    names = {n for n, p in classifier.encoder.named_parameters() if p.requires_grad}
    assert names and all(name.startswith("encoder.layers.") for name in names)


def test_convolutions_of_a_hubert_may_stay_trainable(tmp_path: Path) -> None:
    model = settings(freeze=2, freeze_embeddings=False)
    classifier = Classifier.from_pretrained(save_hubert(tmp_path), model, 3, seed=0)
    names = {n for n, p in classifier.encoder.named_parameters() if p.requires_grad}
    assert any(name.startswith("feature_extractor.") for name in names)
    assert not any(name.startswith("encoder.layers.") for name in names)


def test_unfrozen_embeddings_need_a_number_of_frozen_layers() -> None:
    assert "`freeze_embeddings: false`" in (settings(freeze_embeddings=False).problem() or "")
    unfrozen = settings(freeze="encoder", freeze_embeddings=False)
    assert "`freeze_embeddings: false`" in (unfrozen.problem() or "")
    assert settings(freeze=2, freeze_embeddings=False).problem() is None


@torch.inference_mode()
def test_unmasked_padding_counts_like_the_clip_as_in_transformers(tmp_path: Path) -> None:
    """The mean over all steps of each clip after zeros, or a cut, as transformers computes it."""
    from transformers import HubertModel

    folder, clips = save_hubert(tmp_path), make_waves(900, 400, 655)
    model = settings(head=Head(normalise="batch", hidden=8))
    classifier = Classifier.from_pretrained(folder, model, 3, seed=0, length=700).eval()
    reference = HubertModel.from_pretrained(folder).eval()
    batch = classifier(torch.from_numpy(ragged(clips).padded(np.arange(3))))
    for n, clip in enumerate(clips):
        wave = np.zeros((1, 700), np.float32)
        wave[0, : len(clip)] = clip[:700, 0]
        pooled = reference(torch.from_numpy(wave)).last_hidden_state.mean(1)
        torch.testing.assert_close(batch[n], classifier.head(pooled)[0], atol=1e-5, rtol=1e-5)
        alone = classifier(torch.from_numpy(ragged(clips).padded(np.array([n]))))
        torch.testing.assert_close(batch[n], alone[0], atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_the_greatest_value_over_valid_steps_is_that_of_the_clip_alone(tmp_path: Path) -> None:
    from transformers import HubertModel

    folder, clips = save_hubert(tmp_path), make_waves(900, 400, 655)
    classifier = Classifier.from_pretrained(folder, settings(pool="max"), 3, seed=0).eval()
    reference = HubertModel.from_pretrained(folder).eval()
    batch = classifier(torch.from_numpy(ragged(clips).padded(np.arange(3))))
    for n, clip in enumerate(clips):
        pooled = reference(torch.from_numpy(clip.T)).last_hidden_state.max(1).values
        torch.testing.assert_close(batch[n], classifier.head(pooled)[0], atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_a_pruned_head_equals_a_head_with_zero_output(tmp_path: Path) -> None:
    folder, texts = save_bert(tmp_path, layers=2), ragged(make_sentences(9, 4))
    batch = torch.from_numpy(texts.padded(np.arange(2)))
    pruned, zeroed = (backbone.open_encoder(folder).eval() for _ in range(2))
    backbone.prune_heads(pruned, {0: [1, 3]})
    columns = zeroed.encoder.layer[0].attention.output.dense.weight
    for head in (1, 3):
        columns[:, 4 * head : 4 * (head + 1)] = 0
    states, expected = (
        backbone.hidden_states(encoder, batch)[0][0] for encoder in (pruned, zeroed)
    )
    torch.testing.assert_close(states, expected, atol=1e-6, rtol=1e-5)
    assert pruned.encoder.layer[0].attention.self.query.weight.shape == (8, 16)
    assert pruned.encoder.layer[1].attention.self.query.weight.shape == (16, 16)


@pytest.mark.parametrize("save", [save_bert, save_hubert])
def test_random_weights_are_those_of_the_architecture(
    tmp_path: Path, save: Callable[[Path], Path]
) -> None:
    folder = save(tmp_path)

    def opened(seed: int, weights: str = "random") -> dict[str, torch.Tensor]:
        torch.manual_seed(seed)
        model = settings(weights=weights, pool="mean")
        return Classifier.from_pretrained(folder, model, 3, seed).encoder.state_dict()

    first, again, other = opened(1), opened(1), opened(2)
    pretrained = opened(1, "pretrained")
    assert {name: t.shape for name, t in first.items()} == {
        name: t.shape for name, t in pretrained.items()
    }
    assert all(torch.equal(first[name], again[name]) for name in first)
    for tensors in (other, pretrained):
        differing = [
            n for n in first if first[n].ndim > 1 and not torch.equal(first[n], tensors[n])
        ]
        assert len(differing) == sum(tensor.ndim > 1 for tensor in first.values())


def test_random_weights_are_saved_as_the_model_that_they_become(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "origin", layers=1)
    model = settings(weights="random")
    saved = Classifier.from_pretrained(folder, model, 3, 0)
    saved.save(tmp_path)
    loaded = Classifier.load(tmp_path).state_dict()
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in saved.state_dict().items())
    assert model.as_saved().weights == "pretrained"


def test_pruned_heads_are_drawn_from_the_seed(tmp_path: Path) -> None:
    encoder = backbone.open_encoder(save_bert(tmp_path, layers=2))
    draws = [backbone.random_heads(encoder, {1: 0.5}, seed) for seed in (1, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len({tuple(draw[0]) for draw in draws}) > 1
    assert all(len(set(draw[0])) == 2 and set(draw[0]) < set(range(4)) for draw in draws)


@pytest.mark.parametrize(
    "changes",
    [
        {"pool": "pooler"},
        {"pool": "mean", "head": Head(normalise="layer", hidden=8)},
        {"pool": "mean", "head": Head(normalise="batch", hidden=8), "length": 12},
        {"pool": "max"},
        {"pool": "pooler", "layers": 1},
        {"pool": "pooler", "prune_heads": {1: 0.5}},
    ],
)
@torch.inference_mode()
def test_a_saved_classifier_gives_the_same_logits(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    folder, texts = save_bert(tmp_path / "pretrained", layers=2), ragged(make_sentences(9, 4))
    batch = torch.from_numpy(texts.padded(np.arange(2)))
    model = settings(**{key: value for key, value in changes.items() if key != "length"})
    length = changes.get("length")
    classifier = Classifier.from_pretrained(folder, model, 3, seed=0, length=length).eval()
    for buffer in classifier.head.buffers():  # statistics of batches, as after a training
        buffer += 2
    classifier.save(tmp_path / "saved")
    loaded = Classifier.load(tmp_path / "saved")
    logits = loaded(batch)
    assert logits.shape == (2, 3)
    torch.testing.assert_close(logits, classifier(batch))


@torch.inference_mode()
def test_transformers_loads_a_saved_encoder(tmp_path: Path) -> None:
    from transformers import AutoModel

    classifier = Classifier.from_pretrained(
        save_hubert(tmp_path / "pretrained"), settings(), 3, seed=0
    ).eval()
    classifier.save(tmp_path / "saved")
    loaded = AutoModel.from_pretrained(tmp_path / "saved").eval()
    clip = torch.from_numpy(make_waves(700)[0])
    states = backbone.hidden_states(classifier.encoder, clip[None])[0][0]
    torch.testing.assert_close(loaded(clip.T).last_hidden_state, states, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 3}, "has 2 layers, not 3"),
        ({"freeze": 3}, "has 2 layers, not 3"),
        ({"prune_heads": {3: 0.5}}, "has 2 layers, not 3"),
        ({"prune_heads": {1: 0.9}}, "none would remain"),
    ],
)
def test_settings_that_the_model_does_not_fit_are_errors(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        Classifier.from_pretrained(save_bert(tmp_path, layers=2), settings(**changes), 3, seed=0)


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no encoder"):
        backbone.open_encoder(tmp_path)
    with pytest.raises(UserError, match="holds no tokenizer"):
        backbone.open_tokenizer(tmp_path)
    with pytest.raises(UserError, match="holds no classifier"):
        Classifier.load(tmp_path)


def test_a_hubert_has_no_pooler(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pooler"):
        Classifier.from_pretrained(save_hubert(tmp_path), settings(pool="pooler"), 3, seed=0)
