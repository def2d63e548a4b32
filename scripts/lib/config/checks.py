"""What types cannot say of a configuration: names that nothing has, and what cannot work together.

Each mistake is the key where it stands and what is wrong there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scripts.lib.config.model import Classification, Config, Corpus, Recognition, Timing
from scripts.lib.config.problems import Key, in_words
from scripts.lib.errors import UserError, nearest
from scripts.lib.features import hidden
from scripts.lib.layout import Layout
from scripts.lib.splits import Split
from scripts.lib.studies import search
from scripts.lib.studies.search_space import FIXED, Range

Mistake = tuple[Key, str]

_OF_TEXTS = ("tokens", "characters")
"""Kinds of features that are of texts."""


def check(config: Config) -> Iterator[Mistake]:
    """What types cannot say: each mistake as the key where it stands and what is wrong."""
    for pattern in config.select:
        known = [*config.experiments, *config.timings, *config.studies]
        if not any(fnmatchcase(name, pattern) for name in known):
            yield ("select",), f"'{pattern}' is no experiment{nearest(pattern, known)}"
    if len(set(config.seeds)) < len(config.seeds):
        yield ("seeds",), "a seed stands twice"
    for name, corpus in config.corpora.items():
        yield from _corpus_checks(("corpora", name), corpus)
    for name, recipe in config.features.items():
        if problem := recipe.problem():
            yield ("features", name), problem
        yield from _recipe_checks(config, name)
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
        if not unknown and name in config.selected():
            yield from (((*key, *at), what) for at, what in _stand_in_checks(config, experiment))
    yield from _model_checks(config)
    for name, timing in config.timings.items():
        yield from _timing_checks(config, name, timing)
    for name in config.studies:
        yield from _study_checks(config, name)
    corpora = {experiment.corpus for experiment in config.selected().values()}
    corpora |= {timing.corpus for timing in config.selected_timings().values()}
    corpora |= {d.corpus for name in config.selected_studies() for d in config.data_of(name)}
    for name in corpora:
        if name in config.corpora:
            yield from _availability(config, name)


def _corpus_checks(key: Key, corpus: Corpus) -> Iterator[Mistake]:
    if (corpus.layout is None) == (corpus.pairs is None):
        yield key, "needs `layout`, of recordings, or `pairs`, of texts, and only one of them"
    elif corpus.pairs:
        if problem := corpus.pairs.problem():
            yield (*key, "pairs", "files"), problem
        for name in ("transcripts", "alignment", "frame_ms", "cut_seconds", "max_seconds"):
            if getattr(corpus, name) is not None:
                yield (*key, name), "is for recordings, not for `pairs`"
    else:
        yield from _layout_checks(key, corpus)
    for name in corpus.names.values():
        if corpus.labels and name not in corpus.labels:
            near = nearest(name, corpus.labels)
            yield (*key, "names"), f"'{name}' is none of the labels{near}"
    if corpus.labels and len(set(corpus.labels)) < len(corpus.labels):
        yield (*key, "labels"), "a label stands twice"
    if corpus.transcripts and (problem := corpus.transcripts.problem()):
        yield (*key, "transcripts", "files"), problem
    if corpus.transcripts and corpus.cut_seconds:
        yield (*key, "cut_seconds"), "nobody knows what is said in a piece: say `max_seconds`"
    if corpus.cut_longer and not corpus.max_seconds:
        yield (*key, "cut_longer"), "needs `max_seconds`"


def _layout_checks(key: Key, corpus: Corpus) -> Iterator[Mistake]:
    try:
        fields = Layout(corpus.layout or "").fields
    except UserError as error:
        yield (*key, "layout"), str(error)
        return
    if "label" not in fields and not corpus.alignment and not corpus.transcripts:
        what = f"the layout '{corpus.layout}' has no {{label}}: name the part of a path"
        yield (*key, "layout"), f"{what} that is the class"
    if corpus.alignment:
        yield from _alignment_checks(key, corpus, fields)


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


def _recipe_checks(config: Config, name: str) -> Iterator[Mistake]:
    """Whether what a recipe names is there and fits."""
    recipe, key = config.features[name], ("features", name)
    pretrained = config.pretrained_of(name)
    if pretrained and pretrained not in config.pretrained:
        near = nearest(pretrained, config.pretrained)
        yield (*key, "pretrained"), f"there is no pretrained '{pretrained}'{near}"
    if isinstance(recipe, hidden.Settings):
        given = config.features.get(recipe.of)
        if given is None:
            yield (
                (*key, "of"),
                f"there is no features '{recipe.of}'{nearest(recipe.of, config.features)}",
            )
        elif problem := _encoder_problem(config, recipe.pretrained, recipe.of):
            yield (*key, "of"), problem


def _encoder_problem(config: Config, pretrained: str, features: str) -> str | None:
    """What is wrong with features as what a pretrained encoder is given, if anything."""
    recipe = config.features[features]
    if recipe.kind not in ("waveform", "tokens"):
        return f"an encoder takes features of kind `waveform` or `tokens`, not `{recipe.kind}`"
    if recipe.kind == "tokens" and recipe.pretrained != pretrained:
        return f"'{features}' are the tokens of '{recipe.pretrained}', not of '{pretrained}'"
    return None


def _kinds(config: Config, features: str) -> str:
    """The kind of features, or of those that an encoder makes them of."""
    recipe = config.features[features]
    if recipe.kind == "hidden" and recipe.of in config.features:
        return config.features[recipe.of].kind
    return recipe.kind


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
    elif config.features[timing.features].kind in (*_OF_TEXTS, "hidden"):
        yield (*key, "features"), f"'{timing.features}' are not extracted from recordings"


def _study_checks(config: Config, name: str) -> Iterator[Mistake]:
    key = ("studies", name)
    if name in config.experiments or name in config.timings:
        yield key, "an experiment or a timing has this name: choose another"
    if getattr(config.studies[name], "data", None) == "selected":
        return
    unknown = list(_unknown_data(config, name))
    yield from unknown
    study = config.studies[name]
    if isinstance(study, search.Settings) and not unknown:
        yield from (((*key, *at), what) for at, what in _search_checks(config, study))


def _unknown_data(config: Config, name: str) -> Iterator[Mistake]:
    """What a study works on that the configuration has not."""
    key = ("studies", name)
    for n, data in enumerate(config.data_of(name)):
        named: list[tuple[str, str, Mapping[str, Any]]] = [
            ("corpus", data.corpus, config.corpora),
            ("features", data.features, config.features),
            ("split", data.split, config.splits),
        ]
        for what, value, known in named:
            if value not in known:
                near = nearest(value, known)
                yield (*key, "data", n, what), f"there is no {what} '{value}'{near}"


def _search_checks(config: Config, study: search.Settings) -> Iterator[Mistake]:
    """Whether the experiment beside a search fits its data, and its space the experiment."""
    if study.beside not in config.classifications():
        near = nearest(study.beside, config.classifications())
        yield ("beside",), f"there is no classification '{study.beside}'{near}"
        return
    (data,) = study.data
    beside = replace(config.classifications()[study.beside], **asdict(data), variant_of=None)
    if not _has_validation(config.splits[data.split]):
        yield ("data", 0, "split"), f"'{data.split}' has no `validation` part to search by"
    if beside.input.arrange in ("windows", "ragged"):
        what = f"a search is over models of whole clips, not of `{beside.input.arrange}`"
        yield ("beside",), what
    elif beside.model.kind == "encoder":
        yield ("beside",), "a search is over models that begin anew, not over encoders"
    wrong = list(_experiment_checks(config, beside))
    yield from ((("beside",), f"{'.'.join(map(str, at))}: {what}") for at, what in wrong)
    known = [
        f"{part}.{field.name}"
        for part in ("model", "train")
        for field in fields(getattr(beside, part))
        if field.name not in FIXED[part]
    ]
    for path, entry in study.space.items():
        if path not in known:
            near = nearest(path, known)
            yield ("space", path), f"a {beside.model.kind} has no such setting{near}"
        elif isinstance(entry, Range) and (problem := entry.problem()):
            yield ("space", path), problem
        elif not wrong:
            values = [entry.low, entry.high] if isinstance(entry, Range) else entry
            yield from _value_checks(config, beside, path, values)


def _value_checks(
    config: Config, beside: Classification, path: str, values: Sequence[Any]
) -> Iterator[Mistake]:
    """Whether an experiment may have each of these values at `path`."""
    part, _, name = path.partition(".")
    settings = getattr(beside, part)
    adapter = TypeAdapter(type(settings))
    if not values:
        yield ("space", path), "names no choices"
    for value in values:
        told = json.dumps({**asdict(settings), name: value})
        try:
            made = adapter.validate_json(told)
        except ValidationError as error:
            yield ("space", path), f"{value}: {in_words(error.errors()[0], [])}"
            continue
        varied = replace(beside, **{part: made})
        for at, what in _experiment_checks(config, varied):
            yield ("space", path), f"{value}: {'.'.join(map(str, at))}: {what}"


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
    else:
        named.append((("variant_of",), experiment.variant_of, config.classifications()))
    pretrained = getattr(experiment.model, "pretrained", None)
    named.append((("model", "pretrained"), pretrained, config.pretrained))
    for key, value, known in named:
        if value is not None and value not in known:
            what = "experiment" if key[0] in ("twin", "before", "variant_of") else key[-1]
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
        yield from _encoder_checks(config, experiment)
        yield from _comparison_checks(config, experiment)


def _stand_in_checks(config: Config, experiment: Classification | Recognition) -> Iterator[Mistake]:
    """Whether what a selected experiment needs is there on demo data."""
    needed = [getattr(experiment.model, "pretrained", None)]
    needed.append(config.pretrained_of(experiment.features))
    for name in filter(None, needed):
        model = config.pretrained.get(name)
        if config.data == "demo" and model and not model.stand_in:
            what = f"'{name}' has no `stand_in`: with `data: demo` say `select`"
            yield ("model",), what


def _has_validation(split: Split) -> bool:
    named = [*(split.files or ()), *(split.partitions or ())]
    return bool(split.validation) or "validation" in named


def _model_checks(config: Config) -> Iterator[Mistake]:
    for name, stand_in in config.stand_ins.items():
        if stand_in.kind == "whisper":
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
    if corpus.pairs:
        yield ("corpus",), f"'{experiment.corpus}' holds texts, and a whisper hears recordings"
    if split.open_set or split.folds:
        yield ("split",), "has folds, which only classifications know"
    if split.oversample or split.without:
        yield ("split",), "leaves out or copies items by class (`without`, `oversample`)"
    if recipe.kind != "whisper":
        yield ("features",), f"a whisper takes features of kind `whisper`, not `{recipe.kind}`"
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
        (train.rounds, train.schedule, train.warm_up, train.label_smoothing, train.precision)
        != (1, "constant", 0, 0, "single")
    ):
        what = "rounds, schedule, warm_up, label_smoothing or precision"
        yield ("train",), f"a {model.kind} has no {what}"
    if train.balance not in model.balances:
        yield ("train", "balance"), f"a {model.kind} knows {' or '.join(model.balances)}"
    if (arrange == "windows") != (corpus.alignment is not None):
        yield ("input", "arrange"), "labels of frames (`alignment`) and `windows` need each other"
    if train.keep == "best_validation" and not _has_validation(split):
        yield ("train", "keep"), f"split '{experiment.split}' has no `validation` part to choose by"
    if split.open_set and experiment.input.standardise not in ("none", "train"):
        what = f"the strangers of split '{experiment.split}' need `train` or `none`"
        yield ("input", "standardise"), what
    if recipe.kind == "whisper":
        yield ("features",), f"are what a whisper takes; a {model.kind} takes others"
    if (_kinds(config, experiment.features) in _OF_TEXTS) != (corpus.pairs is not None):
        held = "texts" if corpus.pairs else "recordings"
        yield ("features",), f"'{experiment.features}' are not of {held}, as the corpus holds"
    if arrange == "ragged" and experiment.input.standardise != "none":
        yield ("input", "standardise"), "`ragged` inputs stay as they are: say `none`"
    if corpus.labels and (unknown := set(split.without) - set(corpus.labels)):
        near = nearest(min(unknown), corpus.labels)
        yield ("split",), f"leaves out '{min(unknown)}', which is no class of the corpus{near}"
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


def _encoder_checks(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Whether models fit what they are given: encoders, probes of their layers, counts of words."""
    model, recipe = experiment.model, config.features[experiment.features]
    if model.kind == "encoder":
        if problem := _encoder_problem(config, model.pretrained, experiment.features):
            yield ("features",), problem
        if recipe.kind == "waveform" and (model.pool == "pooler" or model.prune_heads):
            yield ("model",), "an encoder of waveforms has no pooler, and its heads stay"
    if (model.kind == "tfidf") != (recipe.kind == "characters"):
        what = "features of kind `characters` and a model of kind `tfidf` need each other"
        yield ("features",), what
    if (model.kind == "layer_probe") != (recipe.kind == "hidden" and not recipe.pooled):
        what = "a `layer_probe` and features of kind `hidden` with `layers: each` need each other"
        yield ("features",), what
    if recipe.kind in ("waveform", "tokens") and model.kind != "encoder":
        yield ("features",), f"are what an encoder takes; a {model.kind} takes others"


def _comparison_checks(config: Config, experiment: Classification) -> Iterator[Mistake]:
    """Whether what is to be judged together can be."""
    corpus = config.corpora[experiment.corpus]
    if experiment.vote and not corpus.cut_seconds:
        yield ("vote",), f"'{experiment.corpus}' has no pieces (`cut_seconds`) that could vote"
    if experiment.vote and corpus.alignment:
        yield ("vote",), "labels of frames have no votes"
    if experiment.variant_of:
        base = config.classifications()[experiment.variant_of]
        if base is experiment:
            yield ("variant_of",), "an experiment is no variant of itself"
        if (base.corpus, base.split) != (experiment.corpus, experiment.split):
            what = f"'{experiment.variant_of}' has another corpus or split: other items are tested"
            yield ("variant_of",), what


def _fields(corpus: Corpus) -> set[str]:
    """The fields of a corpus' layout and tables; none where the layout itself is wrong."""
    told = corpus.transcripts
    given = told and {"speaker": told.speaker, "group": told.group, "label": told.label}
    if corpus.pairs:
        return {"label", "group", "partition"}
    try:
        return Layout(corpus.layout or "").fields | {name for name, c in (given or {}).items() if c}
    except UserError:
        return set()
