"""Names that the configuration had before, and what they are now: errors say the new one."""

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

Key = tuple[str | int, ...]
"""The keys that lead to an entry of the configuration, from the outermost."""

KEYS: Mapping[str, Mapping[str, str]] = {
    "": {
        "stand_ins": "`demo_models`",
        "timings": "`extraction_benchmarks`",
        "resources": "part of the rules: override it with `--set-resources`, or in a profile",
    },
    "corpora.*": {
        "layout": "`path_pattern`",
        "names": "`label_names`",
        "strangers": "`unknown`",
        "cut_seconds": "`chunk_seconds`",
        "cut_longer": "`truncate`",
        "about_mb": "`size_mb`",
    },
    "splits.*": {"by": "`group_by`", "without": "`exclude_classes`"},
    "pretrained.*": {"stand_in": "`demo_model`", "about_mb": "`size_mb`"},
    "demo_models.*": {
        "masked": "`mask_probability`",
        "shallow": "`shallow_layers`",
        "warm_up": "`shallow_steps`, or `ctc_steps` of a whisper",
        "practice": "`sentences`",
    },
    "experiments.*": {
        "twin": "`corrected`, a mapping of what the corrected experiment changes",
        "before": "`baseline`",
    },
    "experiments.*.train": {"rounds": "`evaluations_per_epoch`", "keep": "`checkpoint`"},
    "experiments.*.model": {"votes": "`crops`", "excerpt_frames": "`crop_frames`"},
    "studies.*": {
        "beside": "`baseline`",
        "channel": "`channel_deviation`",
        "effect": "`min_mmd`",
        "items": "`max_items`",
        "looks": "`evaluations`",
        "most": "`max_items`",
        "most_clusters": "`max_clusters`",
        "neighbours": "`min_samples`",
        "pareto": "`pareto_shape`",
        "patience": "`min_epochs`",
        "peak_looks": "`peak_evaluations`",
        "power": "`power_theta`",
        "queries": "`queries_per_class`",
        "radii": "`eps_values`",
        "rate": "`poisson_rate`",
        "references": "`references_per_class`",
        "sizes": "`sample_sizes`",
        "start": "`startup_trials`",
        "starts": "`initialisations`",
        "units": "`hidden_units`",
        "widest": "`max_units`",
    },
    "studies.*.space": {
        "train.rounds": "`train.evaluations_per_epoch`",
        "train.keep": "`train.checkpoint`",
        "model.votes": "`model.crops`",
        "model.excerpt_frames": "`model.crop_frames`",
    },
}
"""By the mapping that had it: an old key, and what it is now."""

KINDS: Mapping[str, Mapping[str, str]] = {
    "corpora.*.demo": {"inference": "nli"},
    "features.*": {"stored": "precomputed", "hidden": "hidden_states", "melimage": "mel_image"},
    "experiments.*.model": {"excerpt_cnn": "crop_cnn", "layer_probe": "linear_probe"},
    "studies.*": {"kan": "spline_networks"},
}
"""By the mapping that has it: an old `kind`, and what it is now."""

ENTRIES: Mapping[str, Mapping[str, str]] = {
    "corpora": {r"inference": "nli"},
    "splits": {r"inference_parts": "nli_parts"},
    "experiments": {
        r"persian_zero_shot_told": "persian_zero_shot_corrected",
        r"inference_(.*)_honest": r"nli_\1_corrected",
        r"inference_(.*)": r"nli_\1",
        r"genres_excerpts": "genres_crops",
        r"(.*)_honest": r"\1_corrected",
    },
}
"""By section: patterns of old names of entries, and what they are now."""


def key(path: Key) -> str:
    """Return what became of an unknown key: `; it is now ...`, or nothing."""
    *parent, name = map(str, path) if path else [""]
    new = _at(KEYS, parent).get(name)
    return f"; it is now {new}" if new else ""


def kind(path: Key, old: str, known: Collection[str]) -> str:
    """Return what became of an unknown kind in the mapping at `path`, or nothing."""
    new = _at(KINDS, list(map(str, path))).get(old)
    return f"; it is now `{new}`" if new in known else ""


def name(section: str, old: str) -> str | None:
    """Return the present name, or pattern, of an entry of a section; None if it never changed."""
    for pattern, new in ENTRIES.get(section, {}).items():
        if match := re.fullmatch(pattern, old):
            return match.expand(new)
    return None


def entry(path: Key) -> str:
    """Return what became of the entry that a key is in, or nothing."""
    if len(path) < 2 or not (new := name(str(path[0]), str(path[1]))):
        return ""
    return f"; '{path[1]}' is now '{new}'"


def _at(table: Mapping[str, Mapping[str, str]], path: list[str]) -> Mapping[str, str]:
    for pattern, names in table.items():
        steps = pattern.split(".") if pattern else []
        if len(steps) == len(path) and all(map(fnmatchcase, path, steps)):
            return names
    return {}
