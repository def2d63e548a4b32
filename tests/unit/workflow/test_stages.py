"""What jobs depend on: their input files, settings, code and resources."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resound.errors import UserError
from resound.workflow.benchmark import Benchmarks
from resound.workflow.corpora import Corpora
from resound.workflow.decode import Decoding
from resound.workflow.download import Downloads
from resound.workflow.downloads_table import downloads_table
from resound.workflow.evaluate import Evaluation
from resound.workflow.features import Features
from resound.workflow.plot import Plots
from resound.workflow.project import Project
from resound.workflow.report import Report
from resound.workflow.resources import scaled
from resound.workflow.split import Splits
from resound.workflow.study import Studies
from resound.workflow.train import Training
from resound.workflow.transcribe import Transcribing
from tests.unit.workflow.conftest import Projects, wildcards

CNN = wildcards(experiment="digits_cnn", seed="42")
TUNED = wildcards(experiment="persian_finetuned", seed="42")
ZERO_SHOT = wildcards(experiment="persian_zero_shot", seed="42")
ENCODER = wildcards(experiment="nli_full", seed="42")


def modules(version: str) -> set[str]:
    """The paths that a version of code lists."""
    return {line.split(" ")[0] for line in version.split("\n")}


def one_space(table: str) -> str:
    """A table without the padding of its columns."""
    return re.sub(" +", " ", table)


# Downloads


def test_a_demo_corpus_is_made_by_its_kind(project: Project) -> None:
    downloads = Downloads(project)
    job = wildcards(corpus="genres")
    used = modules(downloads.corpus_code(job))
    assert {"resound/demo/corpora/genres.py", "resound/demo/synthesis/espeak.py"} <= used
    assert not any(path.startswith("resound/demo/corpora/d") for path in used)
    assert json.loads(downloads.corpus_settings(job))["demo"]["kind"] == "genres"
    assert downloads.corpus_version(job) == "demo"
    assert downloads.check_source(job) == []


def test_a_folder_of_recordings_is_used_where_it_is(
    projects: Projects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = tmp_path / "mine/data/01/0_01_0.wav"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"one")
    sources = {"corpora": {"digits": {"sources": [{"folder": str(tmp_path / "mine")}]}}}
    downloads = Downloads(projects(data="real", select=["digits_cnn"], **sources))
    job = wildcards(corpus="digits")
    assert downloads.check_source(job) == []
    assert json.loads(downloads.corpus_settings(job)) == {"folder": str(tmp_path / "mine")}
    assert not any("demo" in path for path in modules(downloads.corpus_code(job)))
    before = downloads.corpus_version(job)
    clip.write_bytes(b"two")
    assert downloads.corpus_version(job) == before, "looked up once"
    assert Downloads(downloads._project).corpus_version(job) != before


def test_missing_recordings_are_an_error_where_they_are_configured(
    projects: Projects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nowhere = {"corpora": {"digits": {"sources": [{"folder": "nowhere"}]}}}
    project = projects(data="real", select=["digits_cnn"], **nowhere)
    job = wildcards(corpus="digits")
    error = r"corpora\.digits\.sources: there is no folder nowhere"
    with pytest.raises(UserError, match=error):
        Downloads(project).check_source(job)
    # A job on a node was planned where Snakemake runs.
    assert Downloads(project, is_main_process=False).check_source(job) == []
    # Snakemake would keep what exists, did not the version raise the same error.
    (tmp_path / "data/digits").mkdir(parents=True)
    (tmp_path / "data/digits/source.json").touch()
    assert Downloads(project).check_source(job) == []
    with pytest.raises(UserError, match=error):
        Downloads(project).corpus_version(job)


def test_what_is_not_needed_is_not_looked_up(projects: Projects) -> None:
    Downloads(projects(data="real", select=["digits_cnn"]))


def test_a_demo_model_is_trained_by_its_kind_on_its_features(project: Project) -> None:
    downloads = Downloads(project)
    job = wildcards(model="tiny_whisper")
    assert "resound/demo/models/whisper.py" in modules(downloads.model_code(job))
    settings = json.loads(downloads.model_settings(job))
    assert settings["demo_model"]["kind"] == "whisper"
    assert settings["configuration"]["mels"] == 40 and settings["configuration"]["demo"] is None
    others = json.loads(downloads.model_settings(wildcards(model="tiny_bert")))
    assert others["configuration"] is None


def test_a_pretrained_model_comes_from_its_hub(projects: Projects) -> None:
    downloads = Downloads(projects(data="real", select=["persian_*"]))
    job = wildcards(model="whisper_small")
    settings = json.loads(downloads.model_settings(job))
    assert settings["pretrained"]["hub"] == "openai/whisper-small"
    assert not any("demo" in path for path in modules(downloads.model_code(job)))


def test_the_table_of_downloads(projects: Projects) -> None:
    demo = projects(select=["persian_finetuned"])
    assert demo.corpora == ["persian"] and demo.models == ["tiny_whisper"]
    table = one_space(downloads_table(demo.config, demo.corpora, demo.models))
    assert "| persian (myaudio_tiny (PersianSpeech)) | made for the demo |" in table
    sizes = {
        "corpora": {"persian": {"size_mb": 1248}},
        "pretrained": {"whisper_small": {"size_mb": 970}},
    }
    real = projects(data="real", select=["persian_finetuned"], **sizes)
    assert real.models == ["whisper_small"]
    table = one_space(downloads_table(real.config, real.corpora, real.models))
    assert "| 1,248 MB |" in table and "| 970 MB | Apache-2.0 | openai/whisper-small |" in table


# Corpora


@pytest.mark.parametrize(
    ("corpus", "reader"),
    [
        ("digits", None),
        ("persian", "resound/data/transcript_tables.py"),
        ("nli", "resound/data/text_pairs.py"),
    ],
)
def test_only_corpora_with_tables_depend_on_their_reader(
    project: Project, corpus: str, reader: str | None
) -> None:
    corpora = Corpora(project)
    plain = modules(corpora.index_code(wildcards(corpus="digits")))
    used = modules(corpora.index_code(wildcards(corpus=corpus)))
    assert "resound/io/tables/read.py" not in plain
    assert (reader in used) if reader else used == plain


def test_an_index_depends_on_how_its_corpus_is_read(project: Project) -> None:
    settings = json.loads(Corpora(project).index_settings(wildcards(corpus="digits")))
    assert settings["path_pattern"] == "data/{speaker}/{label}_{speaker}_{take}.wav"
    assert not settings.keys() & {"title", "licence", "sources", "demo", "shards", "citation"}


def test_the_list_of_corpora_depends_on_those_in_use(projects: Projects) -> None:
    corpora = Corpora(projects(select=["digits_cnn", "nli_full"]))
    listed = json.loads(corpora.list_settings(wildcards()))["corpora"]
    assert listed.keys() == {"digits", "nli"}
    assert listed["digits"] == {"title": "AudioMNIST", "licence": "CC0-1.0", "citation": ""}


# Features and splits


def test_features_depend_on_their_kind(project: Project) -> None:
    features = Features(project)
    logmel = modules(features.extract_code(wildcards(corpus="digits", features="logmel40")))
    spectral = modules(features.extract_code(wildcards(corpus="digits", features="spectral")))
    assert "resound/features/logmel.py" in logmel and "resound/features/common/mel.py" in logmel
    assert not {"resound/features/logmel.py", "resound/features/common/mel.py"} & spectral


def test_texts_do_not_depend_on_sounds(project: Project) -> None:
    features = Features(project)
    used = modules(features.tokenize_code(wildcards(corpus="nli", features="hypotheses")))
    assert "resound/features/characters.py" in used
    assert not {"resound/features/common/mel.py", "resound/features/common/dsp.py"} & used
    assert not {"resound/data/audio.py", "resound/features/tokens.py"} & used


def test_every_feature_configuration_has_one_rule(project: Project) -> None:
    features = Features(project)
    groups = features.of_texts, features.of_encoders, features.of_recordings
    assert set.union(*map(set, groups)) == project.config.features.keys()
    assert sum(map(len, groups)) == len(project.config.features)


def test_demo_data_change_what_whisper_takes(projects: Projects) -> None:
    job = wildcards(corpus="persian", features="whisper80")
    demo = json.loads(Features(projects()).settings(job))["configuration"]
    real = projects(data="real", select=["persian_*"])
    assert demo["mels"] == 40
    assert json.loads(Features(real).settings(job))["configuration"]["mels"] == 80


def test_tokens_need_the_model_whose_tokenizer_they_are_of(project: Project) -> None:
    features = Features(project)
    assert features.texts(wildcards(corpus="nli", features="pairs_plain")) == {
        "index": "results/corpora/nli.csv",
        "pretrained": "data/models/tiny_bert/source.json",
    }
    hypotheses = features.texts(wildcards(corpus="nli", features="hypotheses"))
    assert hypotheses == {"index": "results/corpora/nli.csv"}


def test_hidden_states_need_the_features_that_the_encoder_takes(project: Project) -> None:
    job = wildcards(corpus="emotions", features="hubert_layers")
    assert Features(project).encoder_input(job) == {
        "pretrained": "data/models/tiny_hubert/source.json",
        "matrix": "results/features/emotions/waveform16/matrix.npy",
        "offsets": "results/features/emotions/waveform16/offsets.npy",
    }


def test_shards_are_merged_in_their_order(projects: Projects) -> None:
    features = Features(projects(corpora={"digits": {"shards": 11}}))
    assert features.sharded == {"digits"} and "digits" not in features.unsharded
    shards = features.shards(wildcards(corpus="digits", features="logmel40"))
    numbers = [int(re.search(r"/(\d+)-of-11\.matrix", path)[1]) for path in shards["matrices"]]
    assert numbers == list(range(1, 12)) and len(shards["offsets"]) == 11


def test_frame_labels_depend_on_the_hop(project: Project) -> None:
    job = wildcards(corpus="phonemes", features="mfcc28")
    settings = json.loads(Features(project).label_settings(job))
    assert settings["hop_s"] == 0.01 and settings["alignment"]["silence"] == "[SIL]"


def test_a_split_depends_on_the_contents_of_its_lists(projects: Projects, tmp_path: Path) -> None:
    file = tmp_path / "train.txt"
    file.write_text("one\n")
    lists = {"mine": {"kind": "listed", "files": {"train": str(file), "test": str(file)}}}
    splits, job = Splits(projects(splits=lists)), wildcards(corpus="digits", split="mine")
    before = splits.settings(job)
    file.write_text("two\n")
    assert splits.settings(job) != before


def test_figures_are_drawn_of_the_splits_of_selected_experiments(projects: Projects) -> None:
    splits = Splits(projects(select=["digits_mlp1_relu_mean", "nli_full", "phonemes_*"]))
    inputs = splits.plot_input(wildcards())
    assert splits.figures == [f"results/splits/{c}.svg" for c in ("digits", "nli", "phonemes")]
    assert [Path(file).stem for file in inputs["indexes"]] == ["digits", "nli", "phonemes"]
    assert [Path(file).stem for file in inputs["summaries"]] == ["digits", "nli", "phonemes"]
    selected = splits._config.selected().values()
    used = {f"results/splits/{e.corpus}/{e.split}.csv" for e in selected}
    assert set(inputs["splits"]) == used and len(inputs["splits"]) == len(used)
    (labels,), (offsets,) = inputs["labels"], inputs["offsets"]
    assert re.fullmatch(r"results/features/phonemes/\w+/labels\.npy", labels)
    assert Path(labels).with_name("offsets.npy") == Path(offsets)
    assert set(splits.figures) <= set(Report(splits._project).input(wildcards()))


def test_genders_are_those_of_paths(projects: Projects) -> None:
    splits = Splits(projects(select=["emotions_mfcc", "digits_cnn", "nli_full"]))
    patterns = json.loads(splits.plot_settings(wildcards()))["patterns"]
    assert patterns["emotions"] == splits._config.corpora["emotions"].path_pattern
    assert patterns["digits"] is None and patterns["nli"] is None


# Training and decoding


def test_a_classifier_learns_from_its_dataset(project: Project) -> None:
    assert Training(project).input(CNN) == {
        "index": "results/corpora/digits.csv",
        "summary": "results/corpora/digits.json",
        "split": f"results/splits/digits/{project.config.experiments['digits_cnn'].split}.csv",
        "matrix": "results/features/digits/logmel40/matrix.npy",
        "offsets": "results/features/digits/logmel40/offsets.npy",
    }


def test_frames_have_labels_and_encoders_a_pretrained_model(project: Project) -> None:
    name = next(name for name in project.classifications if project.has_frame_labels(name))
    frames = Training(project).input(wildcards(experiment=name, seed="42"))
    assert frames["labels"] == frames["matrix"].replace("matrix", "labels")
    encoder = Training(project).input(ENCODER)
    assert encoder["pretrained"] == "data/models/tiny_bert/source.json"


def test_training_depends_on_its_kind_of_model(project: Project) -> None:
    training = Training(project)
    used = modules(training.code(CNN))
    assert "resound/models/cnn.py" in used and "resound/training/loop.py" in used
    others = {f"resound/models/{kind}.py" for kind in ("mlp", "perceptron", "tfidf", "kan")}
    assert not others & used
    assert not any(path.startswith(("resound/runtime", "resound/models/encoder")) for path in used)
    assert not {"resound/features/common/mel.py", "resound/features/logmel.py"} & used
    assert any(
        path.startswith("resound/models/encoder") for path in modules(training.code(ENCODER))
    )


def test_settings_of_training(project: Project) -> None:
    settings = json.loads(Training(project).settings(CNN))
    assert settings.keys() == {"configuration", "input", "model", "train", "exclude_classes"}
    assert settings["model"]["kind"] == "cnn" and settings["train"]["demo"] is None
    tuned = json.loads(Training(project).finetune_settings(TUNED))
    assert tuned.keys() == {"configuration", "model", "decode", "train"}


def test_a_gpu_is_for_models_that_can_use_one(project: Project) -> None:
    training = Training(project)
    assert training.gpu(CNN) == 1
    assert training.gpu(wildcards(experiment="digits_mlp1_relu_flat", seed="42")) == 0
    assert training.threads(CNN) == project.config.experiments["digits_cnn"].train.threads


def test_memory_by_kind_of_model(project: Project, tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.npy"
    matrix.write_bytes(bytes(2 << 20))
    memory = Training(project).by_model(encoder=scaled(16000), other=scaled(4000, per_mb=3))
    assert memory(CNN, [matrix], 1) == 4006
    assert memory(CNN, [matrix], 2) == 8012
    assert memory(ENCODER, [matrix], 3) == 48000


def test_resources_grow_with_input_and_attempt(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(1 << 20))
    assert scaled(10)(None, [tmp_path / "none"], 3) == 30
    assert scaled(10, per_mb=0.5)(None, [file, file, file], 2) == 2 * (10 + 2)
    with pytest.raises(FileNotFoundError):
        scaled(10, per_mb=0.5)(None, [tmp_path / "none"], 1)


def test_decoding_is_by_the_pretrained_or_the_tuned_model(project: Project) -> None:
    decoding = Decoding(project)
    zero_shot, tuned = decoding.input(ZERO_SHOT), decoding.input(TUNED)
    assert zero_shot["pretrained"] == "data/models/tiny_whisper/source.json"
    assert "tuned" not in zero_shot and "pretrained" not in tuned
    assert tuned["tuned"] == "results/runs/persian_finetuned/42/model/model.safetensors"
    assert {"index", "summary", "split", "matrix", "offsets"} <= zero_shot.keys() & tuned.keys()
    assert json.loads(decoding.settings(TUNED)).keys() == {"configuration", "decode"}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    (tmp_path / "talk.mp3").touch()
    return tmp_path / "talk.mp3"


@pytest.mark.parametrize(
    ("transcriber", "inputs"),
    [
        (
            "persian_finetuned",
            {"tuned": "results/runs/persian_finetuned/7/model/model.safetensors"},
        ),
        ("persian_zero_shot", {"pretrained": "data/models/tiny_whisper/source.json"}),
        ("whisper_small", {"pretrained": "data/models/tiny_whisper/source.json"}),
    ],
)
def test_a_recording_is_transcribed_by_any_of_these(
    projects: Projects, transcriber: str, inputs: dict[str, str], talk: Path
) -> None:
    project = projects(transcriber=transcriber, audio=str(talk), seeds=[7, 8])
    transcribing, job = Transcribing(project), wildcards(transcript="talk")
    assert transcribing.input(job) == {"source": str(talk), **inputs}
    settings = json.loads(transcribing.settings(job))
    assert settings["task"] == "transcribe" and settings["transcription"]["find_speech"]
    before = transcribing.version(job)
    talk.write_bytes(b"longer")
    assert transcribing.version(job) != before


def test_a_recording_is_translated_by_a_model_that_is_not_fine_tuned_to_transcribe(
    projects: Projects, talk: Path
) -> None:
    job = wildcards(transcript="talk")
    options: dict[str, Any] = {"audio": str(talk), "task": "translate"}
    transcribing = Transcribing(projects(transcriber="whisper_medium", **options))
    assert set(transcribing.input(job)) == {"source", "pretrained"}
    # A setting of the job, so that a transcript is not taken for a translation.
    assert json.loads(transcribing.settings(job))["task"] == "translate"
    with pytest.raises(UserError, match="'persian_finetuned' is fine-tuned for `task: transcribe`"):
        Transcribing(projects(transcriber="persian_finetuned", **options)).input(job)
    languages = projects(transcriber="persian_finetuned", audio=str(talk), task="identify")
    assert set(Transcribing(languages).input(job)) == {"source", "tuned"}


def test_a_recording_must_be_named_and_exist(project: Project, projects: Projects) -> None:
    job = wildcards(transcript="talk")
    with pytest.raises(UserError, match="--config audio="):
        Transcribing(project).input(job)
    with pytest.raises(UserError, match=r"`audio: nowhere\.mp3` does not exist"):
        Transcribing(projects(audio="nowhere.mp3")).input(job)


# Evaluation, plots, studies, benchmarks


def test_metrics_depend_on_labels_and_split(project: Project) -> None:
    settings = json.loads(Evaluation(project).settings(CNN))
    assert settings.keys() == {"group_by", "silence", "probabilities", "exclude_classes", "vote"}
    assert not settings["probabilities"]
    job = wildcards(experiment="languages_identified", seed="42")
    assert json.loads(Evaluation(project).settings(job))["probabilities"]
    texts = json.loads(Evaluation(project).text_settings(TUNED))
    assert texts["task"] == "transcribe" and texts["normaliser"] == "persian"


def test_every_experiment_has_one_evaluation(project: Project) -> None:
    evaluation = Evaluation(project)
    assert not evaluation.with_classes & evaluation.with_texts
    assert evaluation.with_classes | evaluation.with_texts == project.config.experiments.keys()


def test_a_variant_is_compared_with_what_it_varies(project: Project) -> None:
    evaluation = Evaluation(project)
    name = min(evaluation.variants)
    baseline = project.config.classifications()[name].variant_of
    job = wildcards(experiment=name, seed="7")
    assert evaluation.pair(job) == {
        "predictions": f"results/runs/{name}/7/predictions.csv",
        "baseline": f"results/runs/{baseline}/7/predictions.csv",
    }
    assert json.loads(evaluation.pair_settings(job)) == {"variant_of": baseline}


def test_plots_show_what_was_reported(project: Project) -> None:
    settings = json.loads(Plots(project).settings(CNN))
    assert settings["data"] == "demo" and settings["reported_items"] == 30000
    assert (settings["per_class"], settings["curves"]) == (None, {})  # no report has this model
    for name, experiment in project.config.classifications().items():
        settings = json.loads(Plots(project).settings(wildcards(experiment=name)))
        if reported := experiment.reported:
            curves = (reported.train_accuracy_by_epoch, reported.validation_by_epoch)
            drawn = (settings["curves"].get(c) for c in ("accuracy", "validation_accuracy"))
            assert (settings["per_class"], *drawn) == (reported.per_class, *curves)


def test_an_utterance_is_plotted_from_its_features(project: Project) -> None:
    name = next(name for name in project.classifications if project.has_frame_labels(name))
    job = wildcards(experiment=name, seed="42")
    assert Plots(project).utterance_input(job).keys() == {"index", "summary", "matrix", "offsets"}
    assert json.loads(Plots(project).utterance_settings(job)) == {"hop_s": 0.01}


def test_a_study_reads_its_datasets_in_their_order(project: Project) -> None:
    studies = Studies(project)
    for name in project.config.studies:
        job, data = wildcards(study=name), project.config.data_of(name)
        inputs = studies.input(job)
        assert inputs.get("split", []) == [
            f"results/splits/{each.corpus}/{each.split}.csv" for each in data
        ]
        settings = json.loads(studies.settings(job))
        assert [entry["corpus"] for entry in settings["data"]] == [each.corpus for each in data]


def test_a_study_of_transfer_gets_its_encoder_and_a_gpu(project: Project) -> None:
    studies, job = Studies(project), wildcards(study="theory_transfer_nli")
    assert studies.input(job)["pretrained"] == "data/models/tiny_bert/source.json"
    settings = json.loads(studies.settings(job))
    assert settings["study"]["shares"] == [0.1, 0.4]
    assert settings["experiment"]["model"]["pretrained"] == "parsbert"
    assert any(path.startswith("resound/models/encoder/") for path in modules(studies.code(job)))
    search = wildcards(study="theory_search")
    assert "pretrained" not in studies.input(search)
    assert (studies.gpu(job), studies.gpu(search)) == (1, 0)
    memory = studies.by_model(encoder=scaled(16), other=scaled(4))
    assert (memory(job, [], 2), memory(search, [], 2)) == (32, 8)


def test_a_study_depends_on_its_own_package(project: Project) -> None:
    studies = Studies(project)
    kinds = {study.kind: name for name, study in project.config.studies.items()}
    for kind, name in kinds.items():
        used = modules(studies.code(wildcards(study=name)))
        packages = {Path(path).parts[2] for path in used if path.startswith("resound/studies/")}
        assert packages == {"__init__.py", "common", kind}


def test_a_benchmark_depends_on_its_features(project: Project) -> None:
    benchmarks = Benchmarks(project)
    name = next(iter(project.config.extraction_benchmarks))
    benchmark = project.config.extraction_benchmarks[name]
    job = wildcards(benchmark=name)
    assert benchmarks.input(job) == project.index(benchmark.corpus)
    kind = project.config.features[benchmark.features].kind
    assert f"resound/features/{kind}.py" in modules(benchmarks.code(job))
    assert json.loads(benchmarks.settings(job)).keys() == {"configuration", "clips", "repeats"}


# The report


def test_the_report_reads_every_selected_run_and_seed(projects: Projects) -> None:
    project = projects(select=["digits_cnn", "persian_finetuned"], seeds=[1, 2])
    files = Report(project).input(wildcards())
    for name in ("digits_cnn", "persian_finetuned"):
        for seed in (1, 2):
            for file in ("metrics.json", "predictions.csv", "provenance.json", "history.csv"):
                assert f"results/runs/{name}/{seed}/{file}" in files
    assert "results/runs/digits_cnn/1/plots/confusion.svg" in files
    assert "results/runs/persian_finetuned/1/plots/confusion.svg" not in files
    assert len(files) == len(set(files))
    for corpus in ("digits", "persian"):
        assert f"results/corpora/{corpus}.rejected.csv" in files
    assert not any("genres" in file for file in files)


def test_a_comparison_needs_both_experiments(projects: Projects, project: Project) -> None:
    name, experiment = next(
        (name, e) for name, e in project.config.classifications().items() if e.variant_of
    )
    both = Report(projects(select=[name, experiment.variant_of])).input(wildcards())
    alone = Report(projects(select=[name])).input(wildcards())
    comparison = f"results/runs/{name}/42/comparison.json"
    assert comparison in both and comparison not in alone


def test_the_report_keeps_the_order_of_the_configuration(project: Project) -> None:
    settings = json.loads(Report(project).settings(wildcards()))
    assert settings["order"] == list(project.config.selected())
    assert settings["experiments"].keys() == set(settings["order"])
    fields = {frozenset(entry) for entry in settings["experiments"].values()}
    assert len(fields) == 1, "every experiment has the same fields"
    assert settings["studies"] == list(project.config.selected_studies())


def test_nothing_selected(projects: Projects) -> None:
    project = projects(select=[])
    assert project.corpora == [] and project.models == []
    assert Report(project).input(wildcards()) == [] and Splits(project).figures == []


def test_every_file_of_the_report_is_a_path(project: Project) -> None:
    files = Report(project).input(SimpleNamespace())
    assert all(re.fullmatch(r"results/[\w./-]+", file) for file in files)
