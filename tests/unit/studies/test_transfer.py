"""Transfer learning: what each way trains, shares of the data, resumption and verdicts."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resound.metrics.significance import mcnemar
from resound.studies import transfer
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material
from resound.studies.transfer import Settings, findings, study
from resound.studies.transfer.findings import FINE_TUNED, FROM_SCRATCH, FROZEN, Outcome
from tests.helpers.encoders import make_sentences, save_bert
from tests.helpers.examples import features_of

CODE = "version of the code"
EXPERIMENT: dict[str, Any] = {
    "input": {"arrange": "ragged"},
    "model": {"kind": "encoder", "pretrained": "small"},
    "train": {"optimizer": "adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 4},
}
DATA = Data(corpus="texts", features="tokens", split="parts")
SETTINGS = Settings(kind="transfer", data=[DATA], baseline="tuned", shares=[1.0, 0.25])


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("model"), layers=1)


@pytest.fixture
def material() -> Material:
    """Return 32 training items of two classes, of which one is rare, and 8 of each other part."""
    labels = ["rare" if n % 4 == 0 else "usual" for n in range(48)]
    table = {"label": labels, "speaker": [f"speaker {n % 3}" for n in range(48)]}
    parts = {"train": np.arange(32), "validation": np.arange(32, 40), "test": np.arange(40, 48)}
    features = features_of(make_sentences(*([6, 9, 7, 8] * 12)))
    return Material(DATA, features, table, ["rare", "usual"], {"all": parts})


def run(
    material: Material, origin: Path, folder: Path, code: str = CODE, settings: Settings = SETTINGS
) -> Findings:
    return transfer.run(
        settings, [material], folder, lambda line: None, EXPERIMENT, code, origin, "cpu"
    )


def count_trainings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the way of each training that is started."""
    started: list[str] = []
    original = study.Trainer._train

    def counted(self: study.Trainer, arm: str, share: float, progress: Any) -> Outcome:
        started.append(f"{arm}, {share:g}")
        return original(self, arm, share, progress)

    monkeypatch.setattr(study.Trainer, "_train", counted)
    return started


def test_each_way_trains_its_parameters_on_each_share(
    material: Material, origin: Path, tmp_path: Path
) -> None:
    found = run(material, origin, tmp_path)
    (table,) = found.tables
    rows = [row[:4] for row in table.rows]
    head = 16 * 2 + 2
    every = {row[3] for row in rows if row[0] in (FINE_TUNED, FROM_SCRATCH)}
    assert len(every) == 1 and int(str(every.pop()).replace(",", "")) > 1000
    assert {row[3] for row in rows if row[0] == FROZEN} == {str(head)}
    assert [row[:3] for row in rows] == [
        [arm, share, items]
        for arm in (FINE_TUNED, FROZEN, FROM_SCRATCH)
        for share, items in (("25 %", 8), ("100 %", 32))
    ]
    assert len(found.claims) == 3
    assert "25 and 100 % of the 32 training items" in found.method


def test_shares_have_each_class_and_contain_smaller_ones(material: Material, origin: Path) -> None:
    trainer = study.Trainer(EXPERIMENT, material, 3, origin, "cpu", Path(), "")
    drawn = {share: trainer._share_of_training(share) for share in (0.01, 0.25, 0.5, 1.0)}
    counts = [Counter(material.table["label"][n] for n in items) for items in drawn.values()]
    assert counts == [
        {"rare": 1, "usual": 1},
        {"rare": 2, "usual": 6},
        {"rare": 4, "usual": 12},
        {"rare": 8, "usual": 24},
    ]
    assert set(drawn[0.01]) < set(drawn[0.25]) < set(drawn[0.5]) < set(drawn[1.0])
    assert set(drawn[1.0]) == set(range(32))
    other = replace(trainer, seed=4)._share_of_training(0.25)
    assert other.tolist() != drawn[0.25].tolist()


def test_finished_trainings_are_not_repeated(
    material: Material, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = count_trainings(monkeypatch)
    whole = run(material, origin, tmp_path / "whole")
    assert len(started) == 6
    started.clear()
    assert run(material, origin, tmp_path / "whole") == whole
    assert started == []
    # A larger share is added: only it is trained.
    more = replace(SETTINGS, shares=[1.0, 0.25, 0.5])
    run(material, origin, tmp_path / "whole", settings=more)
    assert started == [f"{arm}, 0.5" for arm in (FINE_TUNED, FROZEN, FROM_SCRATCH)]
    started.clear()
    run(material, origin, tmp_path / "whole", code="another version")
    assert len(started) == 6


def test_an_interrupted_study_ends_like_an_uninterrupted_one(
    material: Material, origin: Path, tmp_path: Path
) -> None:
    whole = run(material, origin, tmp_path / "whole")
    lines: list[str] = []

    def kill(line: str) -> None:
        lines.append(line)
        if len(lines) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.run(SETTINGS, [material], tmp_path / "cut", kill, EXPERIMENT, CODE, origin, "cpu")
    assert (tmp_path / "cut/checkpoint.safetensors").exists()
    assert run(material, origin, tmp_path / "cut") == whole
    assert not (tmp_path / "cut/checkpoint.safetensors").exists()


def test_other_items_are_trained_on_again(
    material: Material, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = count_trainings(monkeypatch)
    run(material, origin, tmp_path)
    fewer = {"all": {**material.parts, "train": np.arange(28)}}
    run(replace(material, folds=fewer), origin, tmp_path)
    assert len(started) == 12


def outcome(arm: str, correct: int, share: float = 1.0, items: int = 100) -> Outcome:
    return Outcome(arm, share, 10, 5, np.arange(items) < correct)


def test_differences_are_paired_by_item() -> None:
    one, other = outcome(FINE_TUNED, 60), outcome(FROM_SCRATCH, 50)
    found = findings.accuracy_difference(one, other, None)
    assert found.value == pytest.approx(0.1)
    assert found.p_value == pytest.approx(mcnemar(10, 0))


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [
        ([(90, 50), (90, 40)], True),
        ([(90, 50), (60, 59)], None),
        ([(90, 50), (20, 80)], False),
    ],
)
@pytest.mark.parametrize("arm", [FROM_SCRATCH, FROZEN])
def test_a_way_is_better_if_it_is_at_every_share(
    arm: str, accuracies: list[tuple[int, int]], verdict: bool | None
) -> None:
    ones = [outcome(FINE_TUNED, one, share) for share, (one, _) in zip((0.1, 1), accuracies)]
    others = [outcome(arm, other, share) for share, (_, other) in zip((0.1, 1), accuracies)]
    claim = findings.better_claim(ones, others, None)
    assert claim.verdict is verdict
    assert "with 10 %" in claim.evidence and "with 100 %" in claim.evidence


@pytest.mark.parametrize(
    ("small", "large", "verdict"),
    [
        ((90, 40), (95, 90), True),  # pretraining gains 50 points, then 5
        ((70, 65), (70, 70), None),  # the gain with little data may be chance
        ((60, 40), (95, 30), False),  # it gains more with more data
    ],
)
def test_pretraining_gains_more_with_fewer_data(
    small: tuple[int, int], large: tuple[int, int], verdict: bool | None
) -> None:
    tuned = [outcome(FINE_TUNED, small[0], 0.1), outcome(FINE_TUNED, large[0])]
    scratch = [outcome(FROM_SCRATCH, small[1], 0.1), outcome(FROM_SCRATCH, large[1])]
    claim = findings.gain_claim(tuned, scratch, None)
    assert claim.verdict is verdict
    assert f"{small[0] - small[1]:+.1f} points" in claim.evidence


def test_over_few_speakers_a_gain_is_open() -> None:
    """Many items of two speakers are two observations."""
    tuned = [outcome(FINE_TUNED, 90, 0.1), outcome(FINE_TUNED, 95)]
    scratch = [outcome(FROM_SCRATCH, 40, 0.1), outcome(FROM_SCRATCH, 90)]
    speakers = ["ann", "bob"] * 50
    assert findings.gain_claim(tuned, scratch, speakers).verdict is None
