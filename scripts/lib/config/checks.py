"""What types cannot say of a configuration: names that nothing has, and what cannot work together.

Each mistake is the key where it stands and what is wrong there.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from scripts.lib.config.model import Classification, Config, Corpus, Recognition, Timing
from scripts.lib.config.problems import Key
from scripts.lib.errors import UserError, nearest
from scripts.lib.layout import Layout
from scripts.lib.splits import Split

Mistake = tuple[Key, str]


def check(config: Config) -> Iterator[Mistake]:
    """What types cannot say: each mistake as the key where it stands and what is wrong."""
    for pattern in config.select:
        known = [*config.experiments, *config.timings]
        if not any(fnmatchcase(name, pattern) for name in known):
            yield ("select",), f"'{pattern}' is no experiment{nearest(pattern, known)}"
    if len(set(config.seeds)) < len(config.seeds):
        yield ("seeds",), "a seed stands twice"
    for name, corpus in config.corpora.items():
        yield from _corpus_checks(("corpora", name), corpus)
    for name, recipe in config.features.items():
        if problem := recipe.problem():
            yield ("features", name), problem
    for name, split in config.splits.items():
        if problem := split.problem():
            yield ("splits", name), problem
    for name, experiment in config.experiments.items():
        key = ("experiments", name)
        if experiment.twin == name:
            yield (*key, "twin"), "an experiment is not its own twin"
        unknown = list(_unknown_names(config, experiment))
        yield from (((*key, *part), problem) for part, problem in unknown)
        if not unknown:
            yield from (((*key, *at), what) for at, what in _experiment_checks(config, experiment))
    yield from _model_checks(config)
    for name, timing in config.timings.items():
        yield from _timing_checks(config, name, timing)
    corpora = {experiment.corpus for experiment in config.selected().values()}
    corpora |= {timing.corpus for timing in config.selected_timings().values()}
    for name in corpora:
        if name in config.corpora:
            yield from _availability(config, name)


def _corpus_checks(key: Key, corpus: Corpus) -> Iterator[Mistake]:
    try:
        fields = Layout(corpus.layout).fields
    except UserError as error:
        yield (*key, "layout"), str(error)
    else:
        if "label" not in fields and not corpus.alignment and not corpus.transcripts:
            what = f"the layout '{corpus.layout}' has no {{label}}: name the part of a path"
            yield (*key, "layout"), f"{what} that is the class"
        if corpus.alignment:
            yield from _alignment_checks(key, corpus, fields)
    if corpus.labels and len(set(corpus.labels)) < len(corpus.labels):
        yield (*key, "labels"), "a label stands twice"
    if corpus.transcripts and (problem := corpus.transcripts.problem()):
        yield (*key, "transcripts", "files"), problem
    if corpus.transcripts and corpus.cut_seconds:
        yield (*key, "cut_seconds"), "nobody knows what is said in a piece: say `max_seconds`"
    if corpus.cut_longer and not corpus.max_seconds:
        yield (*key, "cut_longer"), "needs `max_seconds`"
    for n, source in enumerate(corpus.sources):
        if (source.folder is None) == (source.archive is None):
            yield (*key, "sources", n), "needs one of `folder` and `archive`, and only one"


def _alignment_checks(key: Key, corpus: Corpus, fields: set[str]) -> Iterator[Mistake]:
    assert corpus.alignment is not None
    if not corpus.labels:
        yield (*key, "labels"), "an `alignment` needs the classes that its symbols mean"
    if unknown := Layout(corpus.alignment.path).fields - fields:
        yield (*key, "alignment", "path"), f"`layout` has no {{{sorted(unknown)[0]}}}"
    if corpus.labels and corpus.alignment.silence not in corpus.labels:
        near = nearest(corpus.alignment.silence, corpus.labels)
        yield (*key, "alignment", "silence"), f"is none of the labels{near}"
    for symbol, name in corpus.alignment.fold.items():
        if corpus.labels and name not in corpus.labels:
            near = nearest(name, corpus.labels)
            yield (*key, "alignment", "fold", symbol), f"'{name}' is none of the labels{near}"


def _availability(config: Config, name: str) -> Iterator[Mistake]:
    corpus, key = config.corpora[name], ("corpora", name)
    if config.data == "demo" and not corpus.demo:
        yield key, "has no `demo`: with `data: demo` say `select`, or use `data: real`"
    if config.data == "real" and not corpus.sources:
        yield key, "has no `sources`: say where the recordings are, `sources: [{folder: ...}]`"


def _timing_checks(config: Config, name: str, timing: Timing) -> Iterator[Mistake]:
    key = ("timings", name)
    if name in config.experiments:
        yield key, "an experiment has this name: choose another"
    if timing.corpus not in config.corpora:
        what = f"there is no corpus '{timing.corpus}'{nearest(timing.corpus, config.corpora)}"
        yield (*key, "corpus"), what
    if timing.features not in config.features:
        near = nearest(timing.features, config.features)
        yield (*key, "features"), f"there is no features '{timing.features}'{near}"


def _unknown_names(
    config: Config, experiment: Classification | Recognition
) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, str | None, Mapping[str, Any]]] = [
        (("corpus",), experiment.corpus, config.corpora),
        (("features",), experiment.features, config.features),
        (("split",), experiment.split, config.splits),
        (("twin",), experiment.twin, config.experiments),
    ]
    if isinstance(experiment, Recognition):
        named.append((("before",), experiment.before, config.recognitions()))
        named.append((("model", "pretrained"), experiment.model.pretrained, config.pretrained))
    for key, value, known in named:
        if value is not None and value not in known:
            what = "experiment" if key[0] in ("twin", "before") else key[-1]
            yield key, f"there is no {what} '{value}'{nearest(value, known)}"


def _experiment_checks(
    config: Config, experiment: Classification | Recognition
) -> Iterator[Mistake]:
    corpus, split = config.corpora[experiment.corpus], config.splits[experiment.split]
    if split.by and split.by not in _fields(corpus):
        yield (
            ("split",),
            f"'{experiment.split}' keeps each {split.by} on one side, but the layout of corpus"
            f" '{experiment.corpus}' has no {{{split.by}}}",
        )
    if problem := experiment.model.problem():
        yield ("model",), problem
    if isinstance(experiment, Recognition):
        yield from _recognition_checks(config, experiment)
    else:
        yield from _classification_checks(config, experiment)


def _has_validation(split: Split) -> bool:
    named = [*(split.files or ()), *(split.partitions or ())]
    return bool(split.validation) or "validation" in named


def _model_checks(config: Config) -> Iterator[Mistake]:
    for name, stand_in in config.stand_ins.items():
        recipe = config.features.get(stand_in.features)
        if recipe is None or recipe.kind != "whisper":
            near = nearest(stand_in.features, config.features)
            what = f"'{stand_in.features}' is no features of kind `whisper`{near}"
            yield ("stand_ins", name, "features"), what
        if name in config.pretrained:
            yield ("stand_ins", name), "one of `pretrained` has this name: choose another"
    for name, model in config.pretrained.items():
        if model.stand_in is not None and model.stand_in not in config.stand_ins:
            what = f"there is no stand-in '{model.stand_in}'"
            near = nearest(model.stand_in, config.stand_ins)
            yield ("pretrained", name, "stand_in"), f"{what}{near}"
    known = [*config.recognitions(), *config.pretrained]
    if config.transcriber and config.transcriber not in known:
        near = nearest(config.transcriber, known)
        yield ("transcriber",), f"'{config.transcriber}' recognises nothing{near}"
    if config.audio and not config.transcriber:
        yield ("transcriber",), f"say what transcribes `audio`{nearest('', known)}"


def _recognition_checks(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    corpus, split = config.corpora[experiment.corpus], config.splits[experiment.split]
    decode, train = experiment.decode, experiment.train
    recipe = config.features[experiment.features]
    if recipe.kind != "whisper":
        yield ("features",), f"a whisper takes features of kind `whisper`, not `{recipe.kind}`"
    if split.open_set:
        yield ("split",), "has folds (`open_set`), which only classifications know"
    if decode.task == "identify":
        if "label" not in _fields(corpus):
            yield ("corpus",), f"'{experiment.corpus}' has no {{label}}, which is the language"
        if decode.language or train:
            yield ("decode",), "to identify languages needs no `language` and no `train`"
    elif not corpus.transcripts:
        yield ("corpus",), f"'{experiment.corpus}' has no `transcripts` to compare with"
    elif decode.task == "translate" and not corpus.transcripts.translation:
        yield ("corpus",), f"`transcripts` of '{experiment.corpus}' name no `translation`"
    if train and not decode.language:
        yield ("decode", "language"), "fine-tuning needs the language that is spoken"
    if train and not _has_validation(split):
        yield ("train",), f"split '{experiment.split}' has no `validation` part to choose by"
    if not train and (experiment.model.adapters or experiment.model.freeze != "nothing"):
        yield ("model",), "nothing is tuned without `train`: drop `adapters` and `freeze`"
    pretrained = config.pretrained[experiment.model.pretrained]
    selected = any(experiment is other for other in config.selected().values())
    if selected and config.data == "demo" and not pretrained.stand_in:
        what = f"'{experiment.model.pretrained}' has no `stand_in`"
        yield ("model", "pretrained"), f"{what}: with `data: demo` say `select`"


def _classification_checks(config: Config, experiment: Classification) -> Iterator[Mistake]:
    model, train, corpus = experiment.model, experiment.train, config.corpora[experiment.corpus]
    recipe, split = config.features[experiment.features], config.splits[experiment.split]
    arrange = experiment.input.arrange
    if arrange not in model.inputs:
        yield ("input", "arrange"), f"a {model.kind} takes {' or '.join(model.inputs)}"
    if recipe.pooled != (arrange == "pooled"):
        fit = "`pooled`" if recipe.pooled else "another than `pooled`"
        yield ("input", "arrange"), f"features '{experiment.features}' need {fit}"
    if train.optimizer not in model.optimizers:
        yield ("train", "optimizer"), f"a {model.kind} learns by {' or '.join(model.optimizers)}"
    one = f"a {model.kind} learns one sample a step: say 1"
    if train.batch_size not in model.batch_sizes:
        yield ("train", "batch_size"), one
    if train.demo and train.demo.batch_size and train.demo.batch_size not in model.batch_sizes:
        yield ("train", "demo", "batch_size"), one
    if not model.gpu and (
        (train.rounds, train.schedule, train.label_smoothing, train.precision)
        != (1, "constant", 0, "single")
    ):
        yield ("train",), f"a {model.kind} has no rounds, schedule, label_smoothing or precision"
    if (arrange == "windows") != (corpus.alignment is not None):
        yield ("input", "arrange"), "labels of frames (`alignment`) and `windows` need each other"
    if train.keep == "best_validation" and not _has_validation(split):
        yield ("train", "keep"), f"split '{experiment.split}' has no `validation` part to choose by"
    if split.open_set and experiment.input.standardise not in ("none", "train"):
        what = f"the strangers of split '{experiment.split}' need `train` or `none`"
        yield ("input", "standardise"), what
    if recipe.kind == "whisper":
        yield ("features",), f"are what a whisper takes; a {model.kind} takes others"
    reported = experiment.reported
    if reported and reported.per_class and corpus.labels:
        count, classes = len(reported.per_class), len(corpus.labels)
        if count != classes:
            yield ("reported", "per_class"), f"has {count} figures for {classes} labels"
    if (recipe.kind == "stored") != (corpus.frame_ms is not None):
        what = "recordings that are arrays of frames (`frame_ms`) need features of kind `stored`"
        yield ("features",), f"{what}, and only they"
    if recipe.least_seconds > corpus.min_seconds:
        yield (
            ("features",),
            f"'{experiment.features}' needs clips of {recipe.least_seconds:.3f} s; say so:"
            f" `corpora.{experiment.corpus}.min_seconds`",
        )


def _fields(corpus: Corpus) -> set[str]:
    """The fields of a corpus' layout and tables; none where the layout itself is wrong."""
    told = corpus.transcripts
    given = told and {"speaker": told.speaker, "group": told.group, "label": told.label}
    try:
        return Layout(corpus.layout).fields | {name for name, c in (given or {}).items() if c}
    except UserError:
        return set()
