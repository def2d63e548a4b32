"""Features: a corpus by a configuration, shared by every experiment that uses both."""


include: "common/features.smk"


rule extract:
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
        corpus=one_of(WHOLE),
        features=one_of(EXTRACTED),
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("extract").threads
    resources:
        **needs("extract"),
    params:
        code=extract_code,
        config=extract_config,
    message:
        "Extracting {wildcards.features} of {wildcards.corpus}"
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
        features=one_of(EXTRACTED),
    threads: CONFIG.resources_of("extract_shard").threads
    resources:
        **needs("extract_shard"),
    message:
        "Extracting {wildcards.features} of {wildcards.corpus}, {wildcards.shard} of {wildcards.shards}"


rule gather:
    input:
        matrices=lambda wildcards: shards_of(wildcards, "matrix"),
        offsets=lambda wildcards: shards_of(wildcards, "offsets"),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/gather/{corpus}/{features}.log",
    wildcard_constraints:
        corpus=one_of(SHARDED),
        features=one_of(EXTRACTED),
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("gather").threads
    resources:
        **needs("gather"),
    params:
        code=code_version("scripts/merge_shards.py"),
        config=extract_config,
    message:
        "Putting together {wildcards.features} of {wildcards.corpus}"
    script:
        "../scripts/merge_shards.py"


rule tokenise:
    input:
        unpack(tokenise_input),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/tokenise/{corpus}/{features}.log",
    wildcard_constraints:
        features=one_of(OF_TEXTS),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("tokenise").threads
    resources:
        **needs("tokenise"),
    params:
        code=tokenise_code,
        config=extract_config,
    message:
        "Cutting {wildcards.corpus} into {wildcards.features}"
    script:
        "../scripts/tokenize.py"


rule encode:
    input:
        unpack(encode_input),
    output:
        matrix="results/features/{corpus}/{features}/matrix.npy",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    log:
        "results/logs/encode/{corpus}/{features}.log",
    benchmark:
        "results/benchmarks/encode/{corpus}/{features}.tsv"
    wildcard_constraints:
        features=one_of(ENCODED),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("encode").threads
    resources:
        **needs("encode"),
    params:
        code=code_version("scripts/extract_hidden_states.py"),
        config=extract_config,
    message:
        "Encoding {wildcards.corpus} by {wildcards.features}"
    script:
        "../scripts/extract_hidden_states.py"


rule align:
    input:
        index="results/corpora/{corpus}.csv",
        summary="results/corpora/{corpus}.json",
        offsets="results/features/{corpus}/{features}/offsets.npy",
    output:
        labels="results/features/{corpus}/{features}/labels.npy",
    log:
        "results/logs/align/{corpus}/{features}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("align").threads
    resources:
        **needs("align"),
    params:
        code=code_version("scripts/label_frames.py"),
        config=align_config,
    message:
        "Labelling the frames of {wildcards.corpus} by {wildcards.features}"
    script:
        "../scripts/label_frames.py"
