"""Whole builds: the same bytes with any number of cores, from real layouts, up to the report."""

import html
import json
import os
import shutil
import signal
import subprocess
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import openpyxl
import soundfile
import soxr

from resound.demo.corpora import digits, nli, persian
from resound.demo.models import bert
from resound.demo.models import whisper as demo_whisper
from resound.features import whisper as whisper_features
from resound.io.csv_table import read_table
from resound.models.common.saved_model import load_model
from resound.models.encoder.learner import EncoderLearner
from tests.conftest import EXACT, Project, new_project


def recordings(folder: Path, speakers: int = 4, takes: int = 2) -> Path:
    """A small corpus in the layout of AudioMNIST."""
    settings = digits.Settings(kind="digits", speakers=speakers, takes=takes)
    digits.make(settings, folder, "process", 2)
    return folder


def on_real(project: Project, **source: str) -> None:
    """Let the project use real recordings."""
    project.configure(data="real", corpora={"digits": {"sources": [source]}})


def test_same_bytes_with_one_core_and_with_two(built: Project, fresh: Project) -> None:
    fresh.build(cores=1)
    one, two = fresh.bytes_of(*EXACT), built.bytes_of(*EXACT)
    assert one.keys() == two.keys()
    assert len(one) == 53
    assert [name for name in one if one[name] != two[name]] == []


def test_a_second_build_does_nothing(built: Project) -> None:
    done = built.snakemake()
    assert "Nothing to be done" in done.stdout


def test_the_report_is_one_page_marked_as_a_demo(built: Project) -> None:
    page = (built.folder / "results/report.html").read_text()
    assert "Demo data." in page
    ours, of_other_data = page.split('<h2 id="reported">')
    assert "96.12\u00a0%" not in ours and "96.12\u00a0%" in of_other_data
    for word in ("http://", "https://", "<link", 'src="results'):
        assert word not in page
    assert page.count("<audio") >= 4 and page.count("data:image/svg+xml") == 13
    metrics = json.loads((built.folder / "results/runs/digits_cnn/42/metrics.json").read_text())
    shown = f"{100 * metrics['parts']['test']['accuracy']:.1f}\u00a0%"
    assert shown in html.unescape(page)


def test_snakemakes_own_report(built: Project, tmp_path: Path) -> None:
    done = built.snakemake("--report", str(tmp_path / "report.html"))
    assert done.returncode == 0, done.stdout[-2000:]
    assert "confusion matrix" in (tmp_path / "report.html").read_text()


def test_seeds_give_mean_and_deviation(built: Project) -> None:
    built.configure(select=["digits_mlp1_relu_mean"], seeds=[42, 43])
    try:
        built.build()
        page = (built.folder / "results/report.html").read_text()
        assert "seeds 42, 43" in page and " ± " in page
        assert len(built.bytes_of("runs/digits_mlp1_relu_mean/*/metrics.json")) == 2
    finally:
        shutil.copy(built.folder / "tiny.yaml", built.folder / "seeds.yaml")
        (built.folder / "tiny.yaml").write_text(_tiny())
        built.build()


def test_a_folder_with_another_path_pattern(fresh: Project, tmp_path: Path) -> None:
    """Other names, formats, rates and channels: configuration alone."""
    made = recordings(tmp_path / "made")
    home = tmp_path / "mine"
    for n, path in enumerate(sorted(made.rglob("*.wav"))):
        digit, speaker, take = path.stem.split("_")
        samples, rate = soundfile.read(path)
        louder = soxr.resample(samples, rate, 48000)
        suffix = ("flac", "mp3", "ogg", "wav")[n % 4]
        target = home / f"digit{digit}" / f"spk{speaker}-{take}.{suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(target, louder if n % 3 else [[x, x] for x in louder], 48000)
    on_real(fresh, folder=str(home))
    path_pattern = "digit{label}/spk{speaker}-{take}.{format}"
    fresh.configure(
        corpora={"digits": {"path_pattern": path_pattern}},
        select=["digits_mlp1_relu_mean_corrected"],
    )
    fresh.build()
    index = read_table(fresh.folder / "results/corpora/digits.csv")
    assert len(index["id"]) == 80 and set(index["rate_hz"]) == {"48000"}
    assert set(index["speaker"]) == {"01", "02", "03", "04"}
    page = (fresh.folder / "results/report.html").read_text()
    assert "Demo data." not in page and "as many items as the report used" in page

    touched = next(home.rglob("*.flac"))
    touched.touch()
    assert fresh.stale() == set()
    other = bytearray(touched.read_bytes())
    other[-1] ^= 1
    touched.write_bytes(other)
    assert "Index digits" in fresh.stale()


def test_an_archive_gives_the_results_of_its_folder(tmp_path: Path) -> None:
    made = recordings(tmp_path / "AudioMNIST")
    # Everything in one folder, as usual for archives.
    archive = shutil.make_archive(str(tmp_path / "made"), "zip", tmp_path, "AudioMNIST")
    from_folder, from_archive = new_project(tmp_path / "one"), new_project(tmp_path / "two")
    for project, source in (
        (from_folder, {"folder": str(made)}),
        (from_archive, {"archive": archive}),
    ):
        on_real(project, **source)
        project.configure(select=["digits_mlp1_relu_mean_corrected"])
        project.build()
    exact = from_folder.bytes_of(*EXACT)
    assert exact and exact == from_archive.bytes_of(*EXACT)


def test_a_killed_training_resumes_after_its_last_epoch(fresh: Project, tmp_path: Path) -> None:
    fresh.configure(select=["digits_mlp1_relu_flat"])
    fresh.configure(experiments={"digits_mlp1_relu_flat": {"train": {"demo": {"epochs": 12}}}})
    run = fresh.folder / "results/runs/digits_mlp1_relu_flat/42"
    unbroken = new_project(tmp_path / "unbroken")
    (unbroken.folder / "tiny.yaml").write_text((fresh.folder / "tiny.yaml").read_text())

    process = subprocess.Popen(fresh.command(), cwd=fresh.folder, start_new_session=True)
    while not (run / "checkpoint0.safetensors").exists():
        assert process.poll() is None, "the build ended before its first checkpoint"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not (run / "model/model.json").exists()

    fresh.snakemake("--unlock")
    fresh.build()
    log = (fresh.folder / "results/logs/train/digits_mlp1_relu_flat/42.log").read_text()
    assert "resumes after epoch" in log
    assert not (run / "checkpoint0.safetensors").exists()
    unbroken.build()
    assert fresh.bytes_of(*EXACT) == unbroken.bytes_of(*EXACT)


def test_open_sets_and_benchmarks_are_in_the_report(fresh: Project) -> None:
    fresh.configure(
        select=["speakers_open_gaussian_mfcc", "speakers_extraction"],
        corpora={"speakers": {"demo": {"kind": "speakers", "clips": 50}}},
        extraction_benchmarks={"speakers_extraction": {"repeats": 1, "clips": 40}},
    )
    fresh.build()
    run = fresh.folder / "results/runs/speakers_open_gaussian_mfcc/42"
    figures = json.loads((run / "metrics.json").read_text())
    assert list(figures["open_set"]["folds"]) == figures["classes"]
    mean = figures["open_set"]["mean"]["unknown"]
    assert set(mean) == {"left out", "_background_noise_", "other", "all"}
    predictions = read_table(run / "predictions.csv")
    rows = list(zip(predictions["fold"], predictions["part"], predictions["label"]))
    assert not [row for row in rows if row[0] == row[2] and row[1] != "unknown"]
    timing = json.loads(
        (fresh.folder / "results/extraction_benchmarks/speakers_extraction.json").read_text()
    )
    assert timing["clips"] == 40 and timing["methods"][0]["ratio"] == 1
    assert max(way["difference"] for way in timing["methods"]) < 1e-4
    page = (fresh.folder / "results/report.html").read_text()
    assert "left-out classes" in page and "clip by clip" in page
    assert fresh.stale() == set()


def course(folder: Path) -> Path:
    """A small corpus of the phonemes course: arrays of frames and symbols, no test labels."""
    random = np.random.default_rng(0)
    for partition, utterances in (("train-clean-100", 12), ("dev-clean", 4), ("test-clean", 3)):
        for kind in ("mfcc", "transcript"):
            (folder / partition / kind).mkdir(parents=True)
        for n in range(utterances):
            name = f"{100 + n % 6}-{n}-0000.npy"
            symbols = np.repeat(random.choice(["[SIL]", "AA", "S"], 15), 6)
            frames = random.standard_normal((len(symbols), 28)) + 2 * (symbols == "AA")[:, None]
            np.save(folder / partition / "mfcc" / name, frames.astype(np.float32))
            if partition != "test-clean":
                ends = ["[SOS]", *symbols, "[EOS]"]
                np.save(folder / partition / "transcript" / name, np.array(ends))
    return folder


def test_the_courses_arrays_of_frames(fresh: Project, tmp_path: Path) -> None:
    """From arrays to a submission, and again when a transcript changes."""
    home = course(tmp_path / "course")
    (home / "train-clean-100" / "transcript" / "100-6-0000.npy").unlink()
    fresh.configure(
        data="real",
        select=["hw1p2_mlp"],
        corpora={"hw1p2": {"sources": [{"folder": str(home)}], "max_rejected": 0.1}},
        experiments={
            "hw1p2_mlp": {"train": {"epochs": 2, "evaluations_per_epoch": 2, "batch_size": 64}}
        },
    )
    fresh.build()
    rejected = read_table(fresh.folder / "results/corpora/hw1p2.rejected.csv")
    assert rejected["reason"] == ["has no transcript train-clean-100/transcript/100-6-0000.npy"]
    run = fresh.folder / "results/runs/hw1p2_mlp/42"
    submission = read_table(run / "submission.csv")
    assert submission["id"] == [str(n) for n in range(3 * 90)]
    assert set(submission["label"]) <= {"[SIL]", "AA", "S"}
    figures = json.loads((run / "metrics.json").read_text())["parts"]["test"]
    assert figures["items"] == 4 * 90 and figures["utterances"] == 4
    assert figures["accuracy"] > 0.5
    assert json.loads((run / "provenance.json").read_text())["parameters"] == 609834
    assert read_table(run / "history.csv")["epoch"] == ["0.5", "1.0", "1.5", "2.0"]

    changed = home / "dev-clean" / "transcript" / "100-0-0000.npy"
    symbols = np.load(changed)
    symbols[5] = "B"
    np.save(changed, symbols)
    assert "Index hw1p2" in fresh.stale()


def _tiny() -> str:
    import yaml

    from tests.conftest import TINY

    return yaml.safe_dump(TINY)


def lectures(folder: Path) -> Path:
    """A small myaudio_tiny: a table in xlsx and recordings, some of them unusable."""
    settings = persian.Settings(kind="persian", lectures=4, clips=6)
    persian.make(settings, folder, "process", 2)
    return folder


def small_whisper(folder: Path) -> Path:
    """A very narrow, untrained Whisper with the input of the real ones."""
    configuration = whisper_features.Settings(kind="whisper")
    settings = demo_whisper.Settings(
        kind="whisper", features="any", sentences={"fa": 1}, width=16, heads=2, layers=1, tokens=90
    )
    for part in demo_whisper.build_model(settings, configuration, ["سلام دنیا", "hello"]):
        part.save_pretrained(folder)
    return folder


def test_recognition_from_a_table_to_a_transcript(fresh: Project, tmp_path: Path) -> None:
    home = lectures(tmp_path / "myaudio_tiny")
    local = {
        "hub": "none/none",
        "revision": "0",
        "folder": str(small_whisper(tmp_path / "whisper")),
    }
    fresh.configure(
        data="real",
        select=["persian_zero_shot", "persian_finetuned_corrected"],
        corpora={"persian": {"sources": [{"folder": str(home)}], "max_rejected": 0.2}},
        pretrained={"whisper_small": local},
        experiments={
            "persian_finetuned_corrected": {"train": {"epochs": 2, "learning_rate": 0.01}}
        },
    )
    fresh.build()
    runs = fresh.folder / "results/runs"
    rejected = read_table(fresh.folder / "results/corpora/persian.rejected.csv")
    reasons = " ".join(rejected["reason"])
    for reason in ("names it", "has no text", "lasts 31.0 s", "is missing"):
        assert reason in reasons
    tuned = runs / "persian_finetuned_corrected/42"
    predictions = read_table(tuned / "predictions.csv")
    assert len(predictions["id"]) == 24 and set(predictions["language"]) == {"fa"}
    index = read_table(fresh.folder / "results/corpora/persian.csv")
    group_of = dict(zip(index["id"], index["group"]))
    parts: dict[str, set[str]] = {}
    for item, part in zip(predictions["id"], predictions["part"]):
        parts.setdefault(part, set()).add(group_of[item])
    assert set(parts) == {"train", "validation", "test"}
    assert not parts["train"] & parts["test"] and not parts["train"] & parts["validation"]
    figures = json.loads((tuned / "metrics.json").read_text())
    assert figures["normaliser"] == "persian-1" and set(figures["parts"]["test"]) >= {"raw"}
    assert read_table(tuned / "history.csv")["epoch"] == ["1.0", "2.0"]
    assert not (tuned / "checkpoints").exists()
    page = (fresh.folder / "results/report.html").read_text()
    assert "Recognition and translation" in page and 'dir="rtl"' in page
    assert fresh.stale() == set()

    # A recording longer than the model's window, by the fine-tuned model.
    clips = [soundfile.read(home / f"{name}.wav")[0] for name in index["id"]]
    long = tmp_path / "long.flac"
    soundfile.write(long, np.concatenate([np.pad(c, 12000) for c in clips]), 16000)
    target = "results/transcripts/long.json"
    chosen = [f"audio={long}", "transcriber=persian_finetuned_corrected"]
    chosen += ["transcription={method: greedy}"]
    done = fresh.snakemake(target, "--config", *chosen)
    assert done.returncode == 0, done.stdout[-4000:]
    (transcript,) = json.loads((fresh.folder / target).read_text())["recordings"]
    assert transcript["seconds"] > 40 and transcript["speech_seconds"] > 20
    assert 0 < transcript["languages"][transcript["language"]] <= 1
    times = [(segment["start"], segment["end"]) for segment in transcript["segments"]]
    # Hardly trained, it writes texts for some segments only.
    assert times and times == sorted(times)
    assert all(0 <= start < end <= transcript["seconds"] for start, end in times)

    table = home / "myaudio_tiny.xlsx"
    book = openpyxl.load_workbook(table)
    book.active["B2"] = "متن دیگر"
    book.save(table)
    assert "Index persian" in fresh.stale()


def test_languages_are_identified_by_a_demo_model(fresh: Project) -> None:
    small = {"sentences": {"fa": 6, "zh": 6, "en": 6}, "ctc_steps": 2, "steps": 2}
    fresh.configure(
        select=["languages_identified", "mandarin_translated"],
        corpora={
            "languages": {"demo": {"kind": "languages", "clips": 4}},
            "mandarin": {"demo": {"kind": "mandarin", "clips": 4, "speakers": 2}},
        },
        demo_models={"tiny_whisper": small},
    )
    fresh.build()
    run = fresh.folder / "results/runs/languages_identified/42"
    figures = json.loads((run / "metrics.json").read_text())
    assert figures["classes"][:3] == ["en", "fa", "zh"]
    shares = figures["parts"]["test"]["mean_probability"]
    assert len(shares) == len(figures["classes"]) and all(0 <= share <= 1 for share in shares)
    translated = fresh.folder / "results/runs/mandarin_translated/42"
    predictions = read_table(translated / "predictions.csv")
    assert len(predictions["id"]) == 4 and predictions["reference"][0].isascii()
    assert (
        "bleu_signature" in json.loads((translated / "metrics.json").read_text())["parts"]["test"]
    )
    assert fresh.stale() == set()


def test_emotions_by_folds_and_by_votes(fresh: Project) -> None:
    small = {"demo": {"kind": "emotions", "scale": 0.1, "speakers": 6}}
    epoch = {"train": {"demo": {"epochs": 1}}}
    tuned = ["emotions_chunks", "emotions_chunks_corrected", "emotions_full_length_corrected"]
    fresh.configure(
        select=[*tuned, "emotions_hubert_layers"],
        corpora={"emotions": small, "emotions_chunks": {**small, "chunk_seconds": 2}},
        splits={
            "stratified_70_10_20": {"stratify": False},
            "speaker_folds": {"folds": 2, "validation": 0.3},
            "speakers_70_10_20": {"validation": 0.3},
        },
        demo_models={"tiny_hubert": {"clips": 8, "steps": 2}},
        experiments=dict.fromkeys(tuned, epoch),
    )
    fresh.build()
    runs = fresh.folder / "results/runs"
    corrected = read_table(runs / "emotions_chunks_corrected/42/predictions.csv")
    pieces = [name for name, part in zip(corrected["id"], corrected["part"]) if part == "test"]
    figures = json.loads((runs / "emotions_chunks_corrected/42/metrics.json").read_text())
    voted = figures["parts"]["test"]["items"]
    assert figures["scored"] == "recordings"
    assert voted == len({name.split("@")[0] for name in pieces}) < len(pieces)
    folder = runs / "emotions_full_length_corrected/42/model"
    assert json.loads((folder / "model.json").read_text())["folds"] == ["1", "2"]
    for fold in ("1", "2"):
        model = load_model(folder, fold)
        assert model.classes[0] == "anger"
        assert isinstance(model.learner, EncoderLearner)
        assert not model.learner.network.training
    history = read_table(runs / "emotions_hubert_layers/42/history.csv")
    assert history["layer"] == ["0.0", "1.0", "2.0"] * 2
    compared = json.loads((runs / "emotions_hubert_layers/42/comparison.json").read_text())
    assert compared["variant_of"] == "emotions_full_length_corrected"
    page = html.unescape((fresh.folder / "results/report.html").read_text())
    assert "and its variants" in page
    assert fresh.stale() == set()


def test_nli_on_tables_of_a_user(fresh: Project, tmp_path: Path) -> None:
    """FarsTail's layout, read from a folder; the model is one of `save_pretrained` in a folder."""
    nli.make(
        nli.Settings(kind="nli", train=120, validation=30, test=30),
        tmp_path / "FarsTail",
        "none",
        1,
    )
    bert.make(
        bert.Settings(kind="bert", pairs=100, shallow_steps=2, steps=2),
        tmp_path / "bert",
        lambda line: None,
    )
    chosen = ["nli_full", "nli_freeze_first_9", "nli_half_heads_of_layer_1"]
    fresh.configure(
        data="real",
        select=[*chosen, "nli_hypothesis_words"],
        corpora={"nli": {"sources": [{"folder": str(tmp_path / "FarsTail")}]}},
        pretrained={"parsbert": {"folder": str(tmp_path / "bert")}},
        experiments={name: {"train": {"epochs": 1}} for name in chosen},
    )
    fresh.build()
    runs = fresh.folder / "results/runs"
    made = {name: json.loads((runs / name / "42/provenance.json").read_text()) for name in chosen}
    whole, frozen, pruned = (made[name] for name in chosen)
    assert whole["parameters"] == whole["total_parameters"]
    assert frozen["parameters"] < frozen["total_parameters"] == whole["total_parameters"]
    assert pruned["total_parameters"] < whole["total_parameters"]
    metrics = json.loads((runs / "nli_full/42/metrics.json").read_text())
    assert metrics["parts"]["test"]["items"] == 30
    assert set(metrics["subsets"]) == {"hard(hypothesis)", "hard(overlap)"}
    page = html.unescape((fresh.folder / "results/report.html").read_text())
    assert "text pairs" in page and '<p dir="auto">' in page
    assert fresh.stale() == set()


def test_a_corpus_is_fetched_once_listed_and_kept(fresh: Project, tmp_path: Path) -> None:
    """From a local server: downloaded, verified, indexed; then no request is sent again."""
    recordings(tmp_path / "site/AudioMNIST", speakers=5)
    shutil.make_archive(str(tmp_path / "site/digits"), "zip", tmp_path / "site", "AudioMNIST")
    requests: list[str] = []

    class Site(SimpleHTTPRequestHandler):
        def log_message(self, form: str, *arguments: object) -> None:
            requests.append(str(arguments[0]))

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=tmp_path / "site"))
    Thread(target=server.serve_forever, daemon=True).start()
    gone = {"url": f"http://127.0.0.1:{server.server_port}/gone.zip"}
    there = {"url": f"http://127.0.0.1:{server.server_port}/digits.zip"}
    description = {"title": "AudioMNIST", "licence": "CC0-1.0", "citation": "Becker", "size_mb": 3}
    fresh.configure(
        data="real",
        select=["digits_mlp1_relu_mean"],
        corpora={"digits": {"sources": [gone, there], **description}},
    )
    downloaded = fresh.snakemake("download")
    assert downloaded.returncode == 0, downloaded.stdout[-3000:]
    assert "| digits (AudioMNIST) | 3 MB" in downloaded.stdout and "Becker" in downloaded.stdout
    lock = json.loads((fresh.folder / "downloads.lock.json").read_text())
    entry = lock["digits/digits.zip"][there["url"]]
    assert entry["size"] == (tmp_path / "site/digits.zip").stat().st_size
    server.shutdown()
    server.server_close()
    fresh.build()
    listed = (fresh.folder / "results/corpora.md").read_text()
    assert entry["sha256"] in listed and "CC0-1.0" in listed and "| 100 " in listed
    shutil.rmtree(fresh.folder / "data")
    fresh.build()
    assert len([line for line in requests if "digits.zip" in line and "GET" in line]) == 1
    assert fresh.stale() == set()


def test_features_are_the_same_from_shards(built: Project, fresh: Project) -> None:
    fresh.configure(corpora={"digits": {"shards": 3}})
    jobs = {message for message in fresh.stale() if "logmel40" in message}
    each = {f"Extract logmel40 of digits, shard {n} of 3" for n in (1, 2, 3)}
    assert jobs == each | {"Merge the shards of logmel40 of digits"}
    done = fresh.snakemake("results/features/digits/logmel40/matrix.npy")
    assert done.returncode == 0, done.stdout[-4000:]
    features = "features/digits/logmel40/*"
    assert fresh.bytes_of(features) == built.bytes_of(features)
    assert len(fresh.bytes_of(features)) == 2, "shards are removed"
    # What uses the features does not need the shards again.
    assert not any("logmel40" in message for message in fresh.stale())
