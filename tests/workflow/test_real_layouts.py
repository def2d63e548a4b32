"""Small corpora in the layouts of the public ones: from their archives to features and splits.

Each archive is put by hand where it would be fetched to, and nothing may be fetched.
"""

import csv
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator

import numpy as np
import openpyxl
import pytest
import soundfile
import yaml

from resound.io.csv_table import read_table
from tests.conftest import ROOT, Project

Files = Iterator[tuple[str, bytes]]
RANDOM = np.random.default_rng(0)
README = ROOT / "README.md"


def wave(seconds: float = 0.6, rate_hz: int = 16000) -> bytes:
    out = io.BytesIO()
    samples = RANDOM.normal(0, 0.1, round(seconds * rate_hz))
    soundfile.write(out, samples, rate_hz, format="WAV", subtype="PCM_16")
    return out.getvalue()


def array(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def zipped(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files:
            bundle.writestr(name, data)
    return out.getvalue()


def tarred(files: Files) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as bundle:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            bundle.addfile(member, io.BytesIO(data))
    return out.getvalue()


def audiomnist() -> Files:
    yield "data/audioMNIST_meta.txt", b"{}"
    for speaker in ("01", "02", "03", "04", "05"):
        for digit in range(10):
            yield f"data/{speaker}/{digit}_{speaker}_0.wav", wave(rate_hz=48000)


def gtzan() -> Files:
    yield "Data/features_30_sec.csv", b"filename,length\n"
    for genre in "blues classical country disco hiphop jazz metal pop reggae rock".split():
        yield f"Data/images_original/{genre}/{genre}00000.png", b"\x89PNG"
        for number in range(10):
            data = wave(2.0, 22050)
            broken = (genre, number) == ("jazz", 4)
            name = f"Data/genres_original/{genre}/{genre}.{number:05}.wav"
            yield name, b"damaged" if broken else data


def pcm_speeches() -> Files:
    voices = ["Benjamin_Netanyau", "Jens_Stoltenberg", "Julia_Gillard", "Magaret_Tarcher"]
    for voice in [*voices, "Nelson_Mandela"]:
        for number in range(60):
            yield f"16000_pcm_speeches/{voice}/{number}.wav", wave(1.0)
    yield "16000_pcm_speeches/_background_noise_/10convert.com_Audience.wav", wave(3.0)
    yield "16000_pcm_speeches/other/exercise_bike.wav", wave(3.0)


def hw1p2() -> Files:
    top = "11-785-f23-hw1p2"
    for part, clips in (("train-clean-100", 4), ("dev-clean", 2), ("test-clean", 2)):
        for number in range(clips):
            name, frames = f"{100 + number}-20-{number:04}", 30 + number
            yield f"{top}/{part}/mfcc/{name}.npy", array(RANDOM.normal(0, 1, (frames, 28)))
            if part != "test-clean":
                symbols = ["[SOS]", *RANDOM.choice(["AA", "[SIL]", "T"], frames), "[EOS]"]
                yield f"{top}/{part}/transcript/{name}.npy", array(np.array(symbols))


def myaudio() -> Files:
    book = openpyxl.Workbook()
    book.active.append(["audio", "text"])
    names = [f"myaudio/{lecture}{clip:04}.wav" for lecture in (1, 12, 123) for clip in range(1, 9)]
    for name in names:
        book.active.append([name, "این یک جمله است"])
        yield f"myaudio_tiny/{name}", wave()
    out = io.BytesIO()
    book.save(out)
    yield "myaudio_tiny/myaudio_tiny.xlsx", out.getvalue()


def shemo(gender: str) -> Files:
    for speaker in range(1, 7):
        for letter in "AFHNSW":
            for number in (1, 2):
                name = f"{gender[0].upper()}{speaker:02}{letter}{number:02}.wav"
                yield f"{gender}/{name}", wave()


def farstail() -> Files:
    header = ["premise", "hypothesis", "label"]
    for table, rows in (("Train", 12), ("Val", 6), ("Test", 6)):
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t")
        hard = ["hard(hypothesis)", "hard(overlap)"] if table == "Test" else []
        writer.writerow([*header, *hard])
        for n in range(rows):
            row = [f'او "{n}" را دید', f"او {n} را ندید", "ecn"[n % 3]]
            writer.writerow([*row, *("1" for _ in hard)])
        yield f"FarsTail-5d6322c/data/{table}-word.csv", out.getvalue().encode()


# Of each corpus: where its archives lie, features and a split to make, items and rejected.
CORPORA: dict[str, tuple[dict[str, Callable[[], bytes]], str, str, int, int]] = {
    "digits": (
        {"audio-mnist.zip": lambda: zipped(audiomnist())},
        "mfcc12_mean", "speakers_80_20", 50, 0,
    ),
    "genres": (
        {"gtzan-dataset-music-genre-classification.zip": lambda: zipped(gtzan())},
        "mfcc13_mean", "random_80_20", 99, 1,
    ),
    "speakers": (
        {"speaker-recognition-dataset.zip": lambda: zipped(pcm_speeches())},
        "spectral", "blocks_80_20", 300, 0,
    ),
    "hw1p2": (
        {"11-785-f23-hw1p2.zip": lambda: zipped(hw1p2())},
        "course28", "course_parts", 8, 0,
    ),
    "persian": (
        {"myaudio_tiny.tar.gz": lambda: tarred(myaudio())},
        "whisper80", "groups_64_16_20", 24, 0,
    ),
    "emotions": (
        {f"ShEMO/{g}.zip": lambda g=g: zipped(shemo(g)) for g in ("female", "male")},
        "waveform16", "speaker_folds", 144, 0,
    ),
    "nli": (
        {"FarsTail-5d6322c4.tar.gz": lambda: tarred(farstail())},
        "hypotheses", "nli_parts", 24, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_real_layout_goes_to_features_and_split(
    fresh: Project, corpus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives, features, split, items, rejected = CORPORA[corpus]
    real = yaml.safe_load((ROOT / "config/real.yaml").read_text())
    settings = real["corpora"][corpus]
    for source in settings["sources"]:
        for part in source.get("parts", []):
            part.pop("size"), part.pop("sha256")  # of the true files
    only = {
        "speakers": "speakers_logreg_spectral*",
        "emotions": "emotions_mfcc",
        "nli": "nli_hypothesis_*",
    }
    select = [only.get(corpus, f"{corpus}_*")]
    fresh.configure(data="real", select=select, corpora={corpus: settings})
    for name, make in archives.items():
        place = fresh.folder / "downloads" / corpus / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(make())
    monkeypatch.setenv("RESOUND_OFFLINE", "1")
    done = fresh.snakemake(
        f"results/features/{corpus}/{features}/offsets.npy",
        f"results/splits/{corpus}/{split}.csv",
        "results/corpora.md",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    folder = fresh.folder / "results/corpora"
    found = json.loads((folder / f"{corpus}.json").read_text())
    assert (found["items"], found["rejected"]) == (items, rejected)
    offsets = np.load(fresh.folder / f"results/features/{corpus}/{features}/offsets.npy")
    assert len(offsets) == len(read_table(folder / f"{corpus}.csv")["id"]) + 1
    assert np.all(np.diff(offsets) > 0)


def test_corpora_of_the_readme_need_configuration_alone(fresh: Project) -> None:
    """As README writes them: digits at 8 kHz, numbers as names of emotions, a folder of folders."""
    (text,) = re.findall(
        r"```yaml\n(data: real\nselect: \[fsdd.*?)```", README.read_text(), re.DOTALL
    )
    fsdd = (
        (f"free-spoken-digit-dataset-26eb9aa/recordings/{digit}_{who}_{n}.wav", wave(0.5, 8000))
        for digit in range(3)
        for who in ("george", "jackson", "lucas", "nicolas", "theo")
        for n in range(2)
    )
    ravdess = (
        (f"Actor_{actor:02}/03-01-{emotion:02}-01-01-01-{actor:02}.wav", wave(0.5, 48000))
        for actor in range(1, 9)
        for emotion in range(1, 9)
    )
    place = fresh.folder / "downloads/fsdd/free-spoken-digit-dataset-26eb9aaf.tar.gz"
    place.parent.mkdir(parents=True)
    place.write_bytes(tarred(fsdd))
    (fresh.folder / "Audio_Speech_Actors_01-24.zip").write_bytes(zipped(ravdess))
    for label in ("tap", "kettle"):
        for number in range(10):
            file = fresh.folder / f"kitchen/{label}/{number}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wave(0.5))
    (fresh.folder / "tiny.yaml").write_text(text)
    fresh.build()
    figures = {}
    for name in ("fsdd_mlp", "ravdess_logreg", "mine_logreg"):
        metrics = fresh.folder / f"results/runs/{name}/42/metrics.json"
        figures[name] = json.loads(metrics.read_text())
    assert figures["fsdd_mlp"]["classes"] == ["0", "1", "2"]
    assert figures["ravdess_logreg"]["classes"][:2] == ["angry", "calm"]
    assert figures["ravdess_logreg"]["parts"]["test"]["items"] == 64
    assert figures["mine_logreg"]["classes"] == ["kettle", "tap"]
