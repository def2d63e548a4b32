"""Decoding: the texts or languages that a model recognises in a corpus or in any recording."""

from resound.workflow.decode import Decoding

decoding = Decoding(PROJECT)


rule decode:
    """Decode every item of a corpus with a pretrained or fine-tuned model."""
    input:
        unpack(decoding.input),
    output:
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/decode/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/decode/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(CONFIG.recognitions()),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(240, per_mb=0.5),
        gpu=1,
    params:
        code=CODE.script("decode"),
        config=decoding.settings,
    message:
        "Decode {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/decode.py"


rule transcribe:
    """Transcribe a recording, or translate it: --config audio=<file> [task=translate]."""
    input:
        unpack(decoding.transcribe_input),
    output:
        transcript="results/transcripts/{transcript}.json",
    log:
        "results/logs/transcribe/{transcript}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(240),
        gpu=1,
    params:
        code=CODE.script("transcribe"),
        config=decoding.transcribe_settings,
    message:
        "Transcribe {input.audio}"
    script:
        "../scripts/transcribe.py"


rule write_subtitles:
    """Write a transcript as plain text (txt) or as subtitles (srt, vtt)."""
    input:
        transcript="results/transcripts/{transcript}.json",
    output:
        subtitles="results/transcripts/{transcript}.{format}",
    log:
        "results/logs/write_subtitles/{transcript}.{format}.log",
    wildcard_constraints:
        format="txt|srt|vtt",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("write_subtitles"),
    message:
        "Write {output.subtitles}"
    script:
        "../scripts/write_subtitles.py"
