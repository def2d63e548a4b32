"""Checks of classifications."""

from collections.abc import Iterator

from resound.config.checks.features import OF_ENCODERS, not_for_encoder, of_texts
from resound.config.checks.mistakes import Mistake
from resound.config.checks.splits import no_validation
from resound.config.experiments import Classification
from resound.config.schema import Config
from resound.errors import nearest
from resound.models.common.base import VECTORS


def misfits(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield what does not fit together in a classification whose names all exist."""
    yield from _of_input(config, experiment)
    yield from _of_training(config, experiment)
    yield from _of_corpus(config, experiment)
    yield from _of_model(config, experiment)
    yield from _of_comparison(config, experiment)


def _of_input(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield why inputs are not arranged as model, features and labels need them."""
    model, configuration = experiment.model, config.features[experiment.features]
    arrange, standardise = experiment.input.arrange, experiment.input.standardise
    if arrange not in model.inputs:
        yield ("input", "arrange"), f"a {model.kind} takes {' or '.join(model.inputs)}"
    if configuration.pooled != (arrange == "pooled"):
        fit = "`pooled`" if configuration.pooled else "a value other than `pooled`"
        yield ("input", "arrange"), f"features '{experiment.features}' need {fit}"
    if (arrange == "windows") != (config.corpora[experiment.corpus].alignment is not None):
        yield ("input", "arrange"), "labels of frames (`alignment`) and `windows` go together only"
    if config.splits[experiment.split].open_set and standardise not in ("none", "train"):
        what = f"unknown classes, of split '{experiment.split}', need `train` or `none`"
        yield ("input", "standardise"), what
    if arrange == "ragged" and standardise != "none":
        yield ("input", "standardise"), "`ragged` inputs are not standardised: write `none`"
    if experiment.input.standardise_by == "column" and (
        arrange != "flatten_then_pad" or standardise == "none"
    ):
        what = "`column` is for `flatten_then_pad` that is standardised: drop it"
        yield ("input", "standardise_by"), what
    if experiment.input.components and arrange not in VECTORS:
        what = f"are of one vector per clip, which `{arrange}` does not give: drop them"
        yield ("input", "components"), what


def _of_training(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield why the model cannot be trained in this way on this split."""
    model, train = experiment.model, experiment.train
    if train.optimizer not in model.optimizers:
        yield ("train", "optimizer"), f"a {model.kind} learns by {' or '.join(model.optimizers)}"
    one = f"a {model.kind} learns from one sample per step: write 1"
    if train.batch_size not in model.batch_sizes:
        yield ("train", "batch_size"), one
    if train.demo and train.demo.batch_size and train.demo.batch_size not in model.batch_sizes:
        yield ("train", "demo", "batch_size"), one
    if model.kind == "encoder" and model.head.normalise == "batch" and train.batch_size == 1:
        yield ("train", "batch_size"), "batch normalisation has no variance over one item"
    if train.demo and train.demo.evaluate_every:
        what = "is for fine-tuning of recognitions: drop it"
        yield ("train", "demo", "evaluate_every"), what
    if not model.gpu and (
        (train.evaluations_per_epoch, train.schedule, train.warm_up, train.label_smoothing)
        != (1, "constant", 0, 0)
        or (train.precision, train.deterministic) != ("single", True)
    ):
        what = (
            "evaluations_per_epoch, schedule, warm_up, label_smoothing, precision or deterministic"
        )
        yield ("train",), f"a {model.kind} has no {what}: drop them"
    if train.balance not in model.balances:
        yield ("train", "balance"), f"a {model.kind} takes {' or '.join(model.balances)}"
    problem = no_validation(experiment.split, config.splits[experiment.split])
    if train.checkpoint == "best_validation" and problem:
        yield ("train", "checkpoint"), problem


def _of_corpus(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield why features, split or reported metrics are not for such a corpus."""
    corpus, configuration = config.corpora[experiment.corpus], config.features[experiment.features]
    if of_texts(config, experiment.features) != (corpus.pairs is not None):
        items = "texts" if corpus.pairs else "recordings"
        yield ("features",), f"'{experiment.features}' are not of {items}, which the corpus has"
    if (configuration.kind == "precomputed") != (corpus.frame_ms is not None):
        what = (
            "recordings that are arrays of frames (`frame_ms`) need features of kind `precomputed`"
        )
        yield ("features",), f"{what}, and only they"
    if configuration.least_seconds > corpus.min_seconds:
        yield (
            ("features",),
            f"'{experiment.features}' needs clips of at least {configuration.least_seconds:.3f} s:"
            f" raise `corpora.{experiment.corpus}.min_seconds`",
        )
    if not corpus.labels:
        return
    split, reported = config.splits[experiment.split], experiment.reported
    copied = split.oversample if isinstance(split.oversample, dict) else {}
    for verb, names in (("excludes", split.exclude_classes), ("copies", copied)):
        if unknown := set(names) - set(corpus.labels):
            near = nearest(min(unknown), corpus.labels)
            yield ("split",), f"{verb} '{min(unknown)}', which is no class of the corpus{near}"
    if reported and reported.per_class and len(reported.per_class) != len(corpus.labels):
        count = len(reported.per_class)
        what = f"has {count} numbers for {len(corpus.labels)} labels: drop it"
        yield ("reported", "per_class"), what


def _of_model(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield why the model does not take such features."""
    model, configuration = experiment.model, config.features[experiment.features]
    if model.kind == "encoder":
        if problem := not_for_encoder(config, model.pretrained, experiment.features):
            yield ("features",), problem
        if configuration.kind in ("waveform", "whisper") and (
            model.pool == "pooler" or model.prune_heads
        ):
            what = "an encoder of sound has no pooler, and its heads cannot be pruned"
            yield ("model",), f"{what}: drop `pool: pooler` and `prune_heads`"
    elif configuration.kind in OF_ENCODERS:
        yield ("features",), f"are the input of an encoder; a {model.kind} takes others"
    if (model.kind == "tfidf") != (configuration.kind == "characters"):
        what = "features of kind `characters` and a model of kind `tfidf` go together only"
        yield ("features",), what
    if (model.kind == "linear_probe") != (
        configuration.kind == "hidden_states" and not configuration.pooled
    ):
        what = "features of kind `hidden_states` with `layers: each` go together only"
        yield ("features",), f"a `linear_probe` and {what}"


def _of_comparison(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Yield why items cannot be scored or compared together."""
    corpus = config.corpora[experiment.corpus]
    if experiment.vote and not corpus.chunk_seconds:
        yield ("vote",), f"'{experiment.corpus}' has no chunks (`chunk_seconds`) that could vote"
    if experiment.vote and corpus.alignment:
        yield ("vote",), "labels of frames are not voted on: drop it"
    if experiment.variant_of:
        base = config.classifications()[experiment.variant_of]
        if base is experiment:
            yield ("variant_of",), "an experiment is no variant of itself: name another, or drop it"
        if (base.corpus, base.split) != (experiment.corpus, experiment.split):
            what = (
                f"'{experiment.variant_of}' has another corpus or split, so other items are tested"
            )
            yield ("variant_of",), what
