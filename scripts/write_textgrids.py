"""Write the predicted segments of each recording as a Praat TextGrid.

Input: the predictions of a model of frames. Output: a folder with one TextGrid per recording, whose
name is the recording's; of recordings with the same name the later ones get a number.
"""

from pathlib import Path

from resound.errors import UserError
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_text
from resound.prediction.recordings import names_of_outputs
from resound.prediction.segments import Segment, to_textgrid
from resound.runtime.stage import stage


def main(predictions: Path, folder: Path) -> None:
    """Write the TextGrids. Raises UserError if the predictions have no segments."""
    table = read_table(predictions)
    if "start" not in table:
        raise UserError(f"{predictions} has one class per recording, and no segments")
    segments: dict[str, list[Segment]] = {}
    for row in rows_of(table):
        if not row["rejected"]:
            segment = Segment(float(row["start"]), float(row["end"]), row["label"])
            segments.setdefault(row["path"], []).append(segment)
    folder.mkdir(parents=True, exist_ok=True)
    names = names_of_outputs(list(segments), "TextGrid")
    for name, own in zip(names, segments.values(), strict=True):
        write_text(folder / name, to_textgrid(own, "phonemes"))


if __name__ == "__main__":
    with stage() as (job, _):
        main(Path(job.input.predictions), Path(job.output.folder))
