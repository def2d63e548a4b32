"""Write the transcript of one recording as plain text or as subtitles.

Input: the JSON of transcripts. Output: a `.txt`, `.srt` or `.vtt` with its segments.
"""

from pathlib import Path

from resound.errors import UserError
from resound.io.files import write_text
from resound.prediction.subtitles import FORMATS
from resound.prediction.transcripts import read_transcripts
from resound.runtime.stage import stage


def main(transcript: Path, output: Path) -> None:
    """Write the segments in the format of the suffix of `output`.

    Raises UserError if there are several recordings.
    """
    recordings = read_transcripts(transcript)
    if len(recordings) > 1:
        folder = f"{transcript.with_suffix('')}_{output.suffix[1:]}"
        raise UserError(f"{transcript} has {len(recordings)} recordings: ask for {folder}")
    write_text(output, FORMATS[output.suffix[1:]](recordings[0]["segments"]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(Path(job.input.transcript), Path(job.output.subtitles))
