"""Write the transcripts of several recordings as plain texts or as subtitles.

Input: the JSON of transcripts. Output: a folder with one `.txt`, `.srt` or `.vtt` per recording,
whose name is the recording's; of recordings with the same name the later ones get a number.
"""

from pathlib import Path

from resound.io.files import write_text
from resound.prediction.recordings import names_of_outputs
from resound.prediction.subtitles import FORMATS
from resound.prediction.transcripts import read_transcripts
from resound.runtime.stage import stage


def main(transcript: Path, kind: str, folder: Path) -> None:
    """Write the segments of each recording in the format `kind`."""
    recordings = read_transcripts(transcript)
    folder.mkdir(parents=True, exist_ok=True)
    names = names_of_outputs([recording["audio"] for recording in recordings], kind)
    for name, recording in zip(names, recordings, strict=True):
        write_text(folder / name, FORMATS[kind](recording["segments"]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(Path(job.input.transcript), job.wildcards.format, Path(job.output.folder))
