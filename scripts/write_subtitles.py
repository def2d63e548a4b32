"""Write a transcript as plain text or as subtitles.

Input: the JSON of a transcript. Output: a `.txt`, `.srt` or `.vtt` with its segments.
"""

from pathlib import Path

from resound.io.files import read_json, write_text
from resound.prediction.subtitles import to_srt, to_txt, to_vtt
from resound.runtime.stage import stage

FORMATS = {".txt": to_txt, ".srt": to_srt, ".vtt": to_vtt}


def main(transcript: Path, output: Path) -> None:
    """Write the segments in the format of the suffix of `output`."""
    write_text(output, FORMATS[output.suffix](read_json(transcript)["segments"]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(Path(job.input.transcript), Path(job.output.subtitles))
