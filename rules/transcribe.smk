"""Transcripts, translations and languages of any recordings."""

from resound.workflow.transcribe import Transcribing

transcribing = Transcribing(PROJECT)


rule transcribe:
    """Transcribe recordings: --config audio=<file, folder or list> [task=translate or identify]."""
    input:
        unpack(transcribing.input),
    output:
        transcript="results/transcripts/{transcript}.json",
    log:
        "results/logs/transcribe/{transcript}.log",
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(240),
        gpu=1,
    params:
        code=CODE.script("transcribe"),
        config=transcribing.settings,
        run=transcribing.run,
        version=transcribing.version,
    message:
        "Transcribe {input.source}"
    script:
        "../scripts/transcribe.py"


rule write_subtitles:
    """Write the transcript of a recording as plain text (txt) or as subtitles (srt, vtt)."""
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


rule write_subtitle_files:
    """Write the transcripts of several recordings, one file for each."""
    input:
        transcript="results/transcripts/{transcript}.json",
    output:
        folder=directory("results/transcripts/{transcript}_{format}"),
    log:
        "results/logs/write_subtitle_files/{transcript}_{format}.log",
    wildcard_constraints:
        format="txt|srt|vtt",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("write_subtitle_files"),
    message:
        "Write {output.folder}"
    script:
        "../scripts/write_subtitle_files.py"
