"""Prediction for recordings and texts: equal to the predictions of the run itself."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import resound
from resound.data import run_length
from resound.errors import UserError
from resound.features.common.kinds import configuration_of
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json, write_json
from resound.prediction.recordings import find_recordings
from resound.runtime.pool import Pool
from resound.runtime.progress import silent
from scripts import predict as predict_stage
from scripts import write_textgrids
from tests.helpers.trained import (
    CASES,
    CLASSES,
    CLIPS,
    FRAMES,
    Write,
    make_trained,
)


@pytest.mark.parametrize("name", CASES)
def test_predictions_equal_those_of_the_run(tmp_path: Path, write_clip: Write, name: str) -> None:
    case = CASES[name]
    trained = make_trained(tmp_path, case, write_clip)
    predictor = resound.load(trained.folder, pretrained=trained.pretrained)
    predictions = trained.predict(predictor)
    for prediction, row in zip(predictions, trained.expected, strict=True):
        assert not prediction.rejected
        if predictor.predicts_frames:
            assert prediction.frames is not None
            assert run_length.encode(prediction.frames, CLASSES) == row["predicted"]
        else:
            assert prediction.label == row["predicted"]
            own = [float(row[f"score_{label}"]) for label in CLASSES]
            np.testing.assert_allclose(prediction.scores, own, rtol=2e-4, atol=1e-6)
    if not predictor.takes_texts:
        pools: list[tuple[Pool, int]] = [("process", 2), ("thread", 2)]
        for pool, workers in pools:
            again = trained.predict(predictor, pool=pool, workers=workers)
            assert [p.label for p in again] == [p.label for p in predictions]


def test_probabilities_sum_to_one(tmp_path: Path, write_clip: Write) -> None:
    for name, prefix in (("mlp", "probability_"), ("linear", "score_")):
        trained = make_trained(tmp_path / name, CASES[name], write_clip)
        predictor = resound.load(trained.folder / "model")
        assert predictor.score_columns == [f"{prefix}{label}" for label in CLASSES]
        if prefix == "probability_":
            sums = [sum(prediction.scores) for prediction in trained.predict(predictor)]
            np.testing.assert_allclose(sums, 1, rtol=1e-6)


def test_unusable_recordings_are_rejected_with_a_reason(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    (tmp_path / "text.wav").write_text("not a recording")
    paths = [tmp_path / "text.wav", trained.paths[16], tmp_path / "gone.wav"]
    first, second, third = resound.load(trained.folder).predict(paths)
    assert first.rejected == "cannot be read: Format not recognised" and not first.label
    assert second.label == trained.expected[0]["predicted"]
    assert third.rejected == "cannot be read: No such file or directory"


def test_items_below_the_threshold_of_an_open_set_are_unknown(
    tmp_path: Path, write_clip: Write
) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    highest = sorted(max(float(row[f"score_{c}"]) for c in CLASSES) for row in trained.expected)
    threshold = highest[4]
    metrics = {"open_set": {"folds": {"all": {"threshold": threshold}}}}
    write_json(trained.folder / "metrics.json", metrics)
    predictions = trained.predict(resound.load(trained.folder))
    unknown = [p for p in predictions if p.rejected]
    assert len(unknown) == 4
    assert unknown[0].rejected.startswith("unknown: its highest score is below the threshold")
    assert not unknown[0].label and len(unknown[0].scores) == 3
    # Without the metrics of the run there is no threshold.
    assert not any(p.rejected for p in trained.predict(resound.load(trained.folder / "model")))


def test_a_model_that_needs_a_pretrained_one_says_so(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["hidden states"], write_clip)
    with pytest.raises(UserError, match="need the pretrained model 'small'"):
        resound.load(trained.folder)
    with pytest.raises(UserError, match="holds no model"):
        resound.load(tmp_path / "nowhere")


def test_recordings_and_texts_are_not_mixed_up(tmp_path: Path, write_clip: Write) -> None:
    texts = resound.load(make_trained(tmp_path / "a", CASES["tfidf"], write_clip).folder)
    recordings = resound.load(make_trained(tmp_path / "b", CASES["linear"], write_clip).folder)
    with pytest.raises(UserError, match="takes texts: use `predict_texts`"):
        list(texts.predict(["a.wav"]))
    with pytest.raises(UserError, match="takes recordings: use `predict`"):
        list(recordings.predict_texts({"hypothesis": ["a"]}))
    with pytest.raises(UserError, match="with the field 'hypothesis'"):
        list(texts.predict_texts({"premise": ["a"]}))


def test_files_folders_and_lists_are_found(tmp_path: Path) -> None:
    for name in ("b/2.wav", "a/1.MP3", "a/notes.md", "__MACOSX/3.wav", ".4.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    folder = [tmp_path / "a/1.MP3", tmp_path / "b/2.wav"]
    assert find_recordings(tmp_path) == folder
    assert find_recordings(tmp_path / "b/2.wav") == folder[1:]
    (tmp_path / "list.txt").write_text("b/2.wav\n\na/1.MP3\n")
    assert find_recordings(tmp_path / "list.txt") == folder[::-1]
    with pytest.raises(UserError, match="no recording, folder or list"):
        find_recordings(tmp_path / "c")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="contains no recordings"):
        find_recordings(tmp_path / "empty")


def test_the_stage_writes_a_row_for_each_recording(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    (tmp_path / "clips/x.wav").write_text("not a recording")
    output = tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "clips", None, output, "cpu", "process", 2, silent
    )
    rows = rows_of(read_table(output))
    assert len(rows) == CLIPS + 1
    by_path = {Path(row["path"]).stem: row for row in rows}
    assert by_path["x"]["rejected"] and not by_path["x"]["label"]
    for own in trained.expected:
        row = by_path[own["id"]]
        assert row["label"] == own["predicted"]
        assert [row[f"probability_{c}"] for c in CLASSES] == [own[f"score_{c}"] for c in CLASSES]


def test_the_stage_writes_segments_and_textgrids(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["frame_mlp"], write_clip)
    output = tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "clips/16.wav", None, output, "cpu", "none", 1, silent
    )
    rows = rows_of(read_table(output))
    hop_s = configuration_of(FRAMES).hop / 16000
    frames = [
        label
        for row in rows
        for label in [row["label"]] * round((float(row["end"]) - float(row["start"])) / hop_s)
    ]
    expected = run_length.decode(trained.expected[0]["predicted"], CLASSES)
    assert frames == [CLASSES[n] for n in expected]
    write_textgrids.main(output, tmp_path / "grids")
    text = (tmp_path / "grids/16.TextGrid").read_text()
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n')
    assert text.count("        intervals [") == len(rows)
    assert f'text = "{rows[0]["label"]}"' in text


def test_the_stage_writes_a_row_for_each_text(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["encoder of tokens"], write_clip)
    lines = zip(trained.texts["premise"], trained.texts["hypothesis"])
    (tmp_path / "t.csv").write_text("premise,hypothesis\n" + "\n".join(map(",".join, lines)))
    manifest, output = tmp_path / "source.json", tmp_path / "p.csv"
    predict_stage.main(
        trained.folder, tmp_path / "t.csv", manifest, output, "cpu", "none", 1, silent
    )
    rows = rows_of(read_table(output))
    assert [row["label"] for row in rows[16:]] == [row["predicted"] for row in trained.expected]


def test_a_model_of_chunks_averages_over_them(tmp_path: Path, write_clip: Write) -> None:
    trained = make_trained(tmp_path, CASES["mlp"], write_clip)
    description = trained.folder / "model/model.json"
    chunks = {"seconds": 0.15, "min_seconds": 0.1}
    write_json(description, read_json(description) | {"chunks": chunks})
    clips = (soundfile.read(path, dtype="float32")[0] for path in trained.paths[:3])
    parts = [np.resize(clip, 2400) for clip in clips]
    for n, part in enumerate(parts):
        write_clip(tmp_path / f"{n}.wav", part)
    # The last piece is shorter than `min_seconds`.
    write_clip(tmp_path / "long.wav", np.concatenate([*parts, parts[0][:800]]))
    names = ["0", "long", "1", "2"]
    model = resound.load(trained.folder)
    first, long, *rest = model.predict([tmp_path / f"{name}.wav" for name in names])
    means = np.mean([one.scores for one in (first, *rest)], axis=0)
    np.testing.assert_allclose(long.scores, means, rtol=1e-5)
    assert long.label == CLASSES[means.argmax()]
