"""Recognition: what a pretrained model hears, in a corpus or in any recording."""


include: "common/recognise.smk"


rule recognise:
    input:
        unpack(recognise_input),
    output:
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/recognise/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/recognise/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(CONFIG.recognitions()),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("recognise").threads
    resources:
        **needs("recognise"),
    params:
        code=code_version("scripts/decode.py"),
        config=recognise_config,
    message:
        "Recognising by {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/decode.py"


rule transcribe:
    input:
        unpack(transcribe_input),
    output:
        transcript="results/transcripts/{transcript}.json",
    log:
        "results/logs/transcribe/{transcript}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("transcribe").threads
    resources:
        **needs("transcribe"),
    params:
        code=code_version("scripts/transcribe.py"),
        config=stage_config(audio=CONFIG.audio),
    message:
        "Transcribing into {output.transcript}"
    script:
        "../scripts/transcribe.py"
