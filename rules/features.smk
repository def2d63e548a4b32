"""Features of a corpus, shared by all experiments that use both."""

from resound.workflow.features import Features

features = Features(PROJECT)


rule extract:
    """Extract the features of every recording of a corpus."""
    input:
        index="results/corpora/{corpus}.csv",
        summary="results/corpora/{corpus}.json",
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/extract/{corpus}/{features}.log",
    benchmark:
        "results/benchmarks/extract/{corpus}/{features}.tsv"
    wildcard_constraints:
        corpus=one_of(features.unsharded),
        features=one_of(features.of_recordings),
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(60, per_mb=30),
    params:
        code=features.extract_code,
        config=features.settings,
    message:
        "Extract {wildcards.features} of {wildcards.corpus}"
    script:
        "../scripts/extract.py"


use rule extract as extract_shard with:
    output:
        matrix=temp(
            "results/features/{corpus}/{features}/{shard}-of-{shards}.matrix.npy"
        ),
        offsets=temp(
            "results/features/{corpus}/{features}/{shard}-of-{shards}.offsets.npy"
        ),
    log:
        "results/logs/extract_shard/{corpus}/{features}/{shard}-of-{shards}.log",
    benchmark:
        "results/benchmarks/extract_shard/{corpus}/{features}/{shard}-of-{shards}.tsv"
    wildcard_constraints:
        features=one_of(features.of_recordings),
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(240),
    message:
        "Extract {wildcards.features} of {wildcards.corpus}, shard {wildcards.shard} of {wildcards.shards}"


rule merge_shards:
    """Concatenate the shards of a corpus' features."""
    input:
        unpack(features.shards),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/merge_shards/{corpus}/{features}.log",
    wildcard_constraints:
        corpus=one_of(features.sharded),
        features=one_of(features.of_recordings),
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(30, per_mb=0.001),
    params:
        code=CODE.script("merge_shards"),
        config=features.settings,
    message:
        "Merge the shards of {wildcards.features} of {wildcards.corpus}"
    script:
        "../scripts/merge_shards.py"


rule tokenize:
    """Turn the texts of a corpus into tokens or characters."""
    input:
        unpack(features.texts),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/tokenize/{corpus}/{features}.log",
    wildcard_constraints:
        features=one_of(features.of_texts),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(30),
    params:
        code=features.tokenize_code,
        config=features.settings,
    message:
        "Tokenize {wildcards.corpus} as {wildcards.features}"
    script:
        "../scripts/tokenize.py"


rule extract_hidden_states:
    """Extract the hidden states of a pretrained encoder for every item of a corpus."""
    input:
        unpack(features.encoder_input),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/extract_hidden_states/{corpus}/{features}.log",
    benchmark:
        "results/benchmarks/extract_hidden_states/{corpus}/{features}.tsv"
    wildcard_constraints:
        features=one_of(features.of_encoders),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(240, per_mb=0.5),
        gpu=1,
    params:
        code=CODE.script("extract_hidden_states"),
        config=features.settings,
    message:
        "Extract {wildcards.features} of {wildcards.corpus}"
    script:
        "../scripts/extract_hidden_states.py"


rule label_frames:
    """Label every frame of a corpus' features."""
    input:
        index="results/corpora/{corpus}.csv",
        summary="results/corpora/{corpus}.json",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    output:
        labels="results/features/{corpus}/{features}/labels.npy",
    log:
        "results/logs/label_frames/{corpus}/{features}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(30),
    params:
        code=CODE.script("label_frames"),
        config=features.label_settings,
    message:
        "Label the frames of {wildcards.features} of {wildcards.corpus}"
    script:
        "../scripts/label_frames.py"
