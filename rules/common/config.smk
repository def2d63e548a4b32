"""Configuration and what the rules ask of it: typed settings, versions of code, input lists."""

import os
import sys
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError

from resound.workflow.checkout import put_on_path
from resound.workflow.downloads_table import downloads_table
from resound.config.load import load
from resound.config.experiments import Classification, Recognition
from resound.config.error_location import place
from resound.data.downloads.remote import Remote
from resound.errors import UserError
from resound.models.common.kinds import kind_path
from resound.workflow.wildcards import one_of
from resound.data.sources import find_source
from resound.workflow.versions import code_version, stage_config

put_on_path()


# Files given on the command line overlay the one that the Snakefile names.
OVERLAYS = list(workflow.overwrite_configfiles)
CONFIG_FILES = [
    file for file in workflow.configfiles if file not in OVERLAYS
] + OVERLAYS
try:
    CONFIG = load(config, CONFIG_FILES)
except UserError as error:
    raise WorkflowError(str(error)) from None
EXPERIMENTS = CONFIG.selected()
CLASSIFIED = {n: e for n, e in CONFIG.classifications().items() if n in EXPERIMENTS}
RECOGNISED = {n: e for n, e in CONFIG.recognitions().items() if n in EXPERIMENTS}
TIMINGS = CONFIG.selected_timings()
STUDIES = CONFIG.selected_studies()
USED = [*EXPERIMENTS.values(), *TIMINGS.values()]
USED += [data for study in STUDIES for data in CONFIG.data_of(study)]
CORPORA = sorted({entry.corpus for entry in USED})
# How work is spread is no setting of a stage: scripts read it here, and nothing is stale by it.
config["pool"] = CONFIG.pool
config["gpus_per_device"] = CONFIG.gpus_per_device


wildcard_constraints:
    corpus="[a-z0-9_]+",
    features="[a-z0-9_]+",
    split="[a-z0-9_]+",
    experiment="[a-z0-9_]+",
    timing="[a-z0-9_]+",
    study="[a-z0-9_]+",
    seed="[0-9]+",
    model="[a-z0-9_]+",
    transcript="[^/]+",
    shard="[0-9]+",
    shards="[0-9]+",


def asked(task, names=CONFIG.recognitions()):
    """The recognitions that are asked to do this, or one of these."""
    return [
        name for name in names if CONFIG.experiments[name].decode.task in task.split()
    ]


# Sets, which thousands of experiments can be looked up in.
IDENTIFYING = set(asked("identify"))
TUNED = {name for name, e in CONFIG.recognitions().items() if e.train}
# Experiments whose own model begins as a pretrained one, and configurations that are not of recordings.
ENCODERS = {n for n, e in CONFIG.classifications().items() if e.model.kind == "encoder"}
OF_TEXTS = {n for n, r in CONFIG.features.items() if r.kind in ("tokens", "characters")}
ENCODED = {n for n, r in CONFIG.features.items() if r.kind == "hidden_states"}
EXTRACTED = CONFIG.features.keys() - OF_TEXTS - ENCODED
SHARDED = {name for name, corpus in CONFIG.corpora.items() if corpus.shards > 1}
WHOLE = CONFIG.corpora.keys() - SHARDED
VARIANTS = {n for n, e in CONFIG.classifications().items() if e.variant_of}


def index_of_corpus(corpus):
    """The index of a corpus and its summary."""
    files = {"index": "csv", "summary": "json"}
    return {name: f"results/corpora/{corpus}.{end}" for name, end in files.items()}


def index_of(wildcards):
    """The index and summary of an experiment's corpus."""
    return index_of_corpus(CONFIG.experiments[wildcards.experiment].corpus)


def told_of_corpora(*keys):
    """What the configuration says of each corpus in use, under these keys."""
    return {
        name: {key: getattr(CONFIG.corpora[name], key) for key in keys}
        for name in CORPORA
    }


def files_of(data):
    """What learns from the data of an experiment, or of a study, reads of them."""
    features = f"results/features/{data.corpus}/{data.features}"
    return {
        **index_of_corpus(data.corpus),
        "parts": f"results/splits/{data.corpus}/{data.split}.csv",
        "matrix": f"{features}/matrix.npy",
        "offsets": f"{features}/offsets.npy",
    }


def split_of(experiment):
    return CONFIG.splits[CONFIG.experiments[experiment].split]


def needs(rule, **others):
    """The `resources` of a rule, as its configuration and `others` tell them."""
    asked = CONFIG.resources_of(rule)
    return {
        "mem_mb": grown(asked.mem_mb, asked.mem_mb_per_mb),
        "runtime": grown(asked.runtime, asked.runtime_per_mb),
        "gpu": asked.gpu,
        **others,
    }


def grown(base, per_mb):
    """`base`, and `per_mb` for each MB of input; every attempt asks for as much again."""
    if not per_mb:
        return lambda wildcards, attempt: attempt * base
    return lambda wildcards, input, attempt: attempt * (
        base + round(per_mb * megabytes(input))
    )


def megabytes(files):
    """The size of local files; Snakemake's own `size_mb` starts an event loop for every job."""
    return sum(os.path.getsize(file) for file in files) / 2**20
