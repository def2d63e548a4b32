"""Mistakes in the configuration of encoders, text pairs, votes and variants."""

from pathlib import Path

import pytest

from tests.helpers.configs import Loaded, error_of

GOOD = """\
select: ["*"]
corpora:
  emotions: &emotions
    title: Emotions
    path_pattern: "{gender}/{speaker:3}{label:1}{n:2}.wav"
    label_names: {A: anger, N: neutral}
    labels: [anger, neutral]
    demo: {kind: emotions}
  pieces:
    <<: *emotions
    chunk_seconds: 5
  nli:
    title: Inference
    pairs: {files: {train: a.csv, test: b.csv}}
    demo: {kind: nli}
features:
  waveform: {kind: waveform}
  last: {kind: hidden_states, pretrained: hubert, of: waveform}
  layers: {kind: hidden_states, pretrained: hubert, of: waveform, layers: each}
  tokens: {kind: tokens, pretrained: bert}
  letters: {kind: characters, fields: [hypothesis]}
splits:
  random: {kind: random, stratify: true, validation: 0.1}
  folds: {kind: grouped, group_by: speaker, folds: 3, validation: 0.1}
  parts: {kind: partitions, partitions: {train: [train], test: [test]}}
demo_models:
  tiny_hubert: {kind: hubert}
  tiny_bert: {kind: bert}
pretrained:
  hubert: {hub: someone/hubert, revision: abc, demo_model: tiny_hubert}
  bert: {hub: someone/bert, revision: abc, demo_model: tiny_bert}
experiments:
  tuned:
    corpus: emotions
    features: waveform
    split: folds
    input: {arrange: ragged}
    model: {kind: encoder, pretrained: hubert, head: {normalise: layer, hidden: 64}}
    train: {optimizer: adamw, balance: weights, checkpoint: best_validation}
  voted:
    corpus: pieces
    features: waveform
    split: random
    input: {arrange: ragged}
    model: {kind: encoder, pretrained: hubert}
    train: {optimizer: adamw}
    vote: true
  probed:
    corpus: emotions
    features: layers
    split: folds
    input: {arrange: padded}
    model: {kind: linear_probe}
    train: {optimizer: solver, epochs: 4, checkpoint: best_validation}
    variant_of: tuned
  read:
    corpus: nli
    features: tokens
    split: parts
    input: {arrange: ragged}
    model: {kind: encoder, pretrained: bert, pool: pooler, freeze: 9, prune_heads: {1: 0.5}}
    train: {optimizer: adamw}
  counted:
    corpus: nli
    features: letters
    split: parts
    input: {arrange: ragged}
    model: {kind: tfidf, longest: 2}
    train: {optimizer: solver}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return Loaded(tmp_path, GOOD)


def test_what_is_good_becomes_typed(loaded: Loaded) -> None:
    made = loaded()
    read = made.classifications()["read"]
    assert (read.model.freeze, read.model.prune_heads) == (9, {1: 0.5})
    assert made.classifications()["tuned"].model.head.hidden == 64
    assert made.pretrained_of("tokens") == "bert"
    assert made.pretrained_of("waveform") is None
    assert made.corpora["nli"].pairs.premise == "premise"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    pairs: {files: {train: a.csv, test: b.csv}}\n", "", "needs `path_pattern`, of"
         " recordings"),
        ("    pairs: {files: {train: a.csv, test: b.csv}}\n", "    pairs: {files: {train: a.csv}}\n"
         "    path_pattern: '{label}.wav'\n", "and only one of them"),
        ("train: a.csv,", "train: a.doc,", "nli.pairs.files: the format of 'a.doc' is not"
         " supported"),
        ("    title: Inference\n", "    title: Inference\n    chunk_seconds: 5\n",
         "is for recordings"),
        ("{A: anger,", "{A: angr,", "label_names: 'angr' is none of the labels; did you mean"
         " 'anger'"),
        ("{kind: tokens, pretrained: bert}", "{kind: tokens, pretrained: bart}",
         "features.tokens.pretrained: there is no pretrained 'bart'; did you mean 'bert'"),
        ("of: waveform, layers", "of: wavform, layers",
         "features.layers.of: there is no features 'wavform'; did you mean 'waveform'?"),
        ("of: waveform, layers", "of: tokens, layers", "are the tokens of 'bert', not of 'hubert'"),
        ("of: waveform, layers", "of: letters, layers", "kind `waveform`, `whisper` or"
         " `tokens`, not `characters`"),
        ("pretrained: bert, pool", "pretrained: hubert, pool", "tokens of 'bert', not of 'hubert'"),
        ("{kind: encoder, pretrained: hubert}", "{kind: encoder, pretrained: hubert, pool: pooler}",
         "has no pooler, and its heads cannot be pruned"),
        ("    features: tokens\n", "    features: waveform\n", "'waveform' are not of texts"),
        ("    corpus: emotions\n    features: waveform\n    split: folds\n",
         "    corpus: emotions\n    features: tokens\n    split: folds\n", "are not of recordings"),
        ("    features: layers\n", "    features: last\n", "with `layers: each` go together only"),
        ("model: {kind: linear_probe}", "model: {kind: linear, solver: sag}", "go together only"),
        ("{kind: tfidf, longest: 2}", "{kind: tfidf, shortest: 2}", "more than `longest: 1`"),
        ("    features: letters\n", "    features: tokens\n", "of kind `tfidf` go together only"),
        ("    vote: true\n", "    variant_of: tuned\n", "'tuned' has another corpus or split"),
        ("    corpus: pieces\n", "    corpus: emotions\n", "has no chunks (`chunk_seconds`)"),
        ("    variant_of: tuned\n", "    variant_of: probed\n", "is no variant of itself"),
        ("    variant_of: tuned\n", "    variant_of: tund\n", "no classification 'tund'; did"),
        ("freeze: 9", "layers: 6, freeze: 9", "`freeze: 9` is more than the 6 layers"),
        ("{1: 0.5}", "{0: 0.5}", "names a layer that does not exist; the first is 1"),
        ("{optimizer: solver, epochs: 4,", "{optimizer: solver, balance: oversample, epochs: 4,",
         "a linear_probe takes none or weights"),
        ("{optimizer: solver}", "{optimizer: solver, warm_up: 0.1}", "has no"
         " evaluations_per_epoch, schedule"),
        ("{optimizer: solver}", "{optimizer: solver, deterministic: false}", "or deterministic"),
        ("folds: 3, validation: 0.1}", "folds: 3, validation: 0.1, exclude_classes: [fear]}",
         "excludes 'fear', which is no class of the corpus"),
        ("stratify: true,", "stratify: true, oversample: {angr: 3},",
         "copies 'angr', which is no class of the corpus; did you mean 'anger'"),
        ("stratify: true,", "stratify: true, oversample: {anger: 1},", "oversample"),
        ("stratify: true,", "oversample: true, oversample_part: train,", "needs factors"),
        ("normalise: layer, hidden: 64}}\n    train: {optimizer: adamw,",
         "normalise: batch}}\n    train: {batch_size: 1, optimizer: adamw,",
         "no variance over one"),
        ("{kind: hubert}", "{kind: hubrt}", "unknown kind 'hubrt'; did you mean 'hubert'"),
        ("abc, demo_model: tiny_bert", "abc", "pretrained.bert: has no `demo_model`"),
        ("{arrange: padded}", "{arrange: ragged}", "a linear_probe takes padded"),
        ("model: {kind: tfidf, longest: 2}", "model: {kind: tfidf, longest: 2}\n"
         "    vote: true", "has no chunks"),
    ],
)  # fmt: skip
def test_mistakes(loaded: Loaded, old: str, new: str, message: str) -> None:
    assert message in error_of(loaded, (old, new))
