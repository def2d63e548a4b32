"""Conclusions: which names and metrics they may give, and which seeds they add."""

from typing import Any

import pytest

from resound.config.load import load, shipped_files
from resound.config.schema import Config
from resound.errors import UserError

GOOD = {"source": "a report", "statement": "One is better.", "seeds": [1], "demo_seeds": [42, 7]}


def configured(**overlay: Any) -> Config:
    """Return the shipped configuration with an overlay."""
    return load(overlay, [], shipped_files())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"better": "digits_cn", "worse": "digits_kan"}, "better: there is no experiment"),
        ({"better": "digits_cnn"}, "names two experiments, `better` and `worse`"),
        ({}, "names two experiments, `better` and `worse`"),
        ({"better": "digits_cnn", "worse": "digits_cnn"}, "worse: an experiment is not better"),
        ({"better": "digits_cnn", "worse": "persian_finetuned"}, "worse: has another task"),
        ({"better": "digits_cnn", "worse": "digits_kan", "metric": "wer"}, "metric: is not of"),
        ({"improving": "languages_identified"}, "improving: is not trained"),
        ({"improving": "digits_cnn", "worse": "digits_kan"}, "improving: takes the place of"),
    ],
)
def test_mistakes(changes: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        configured(conclusions={"mine": {**GOOD, **changes}})
    assert f"conclusions.mine.{message}" in str(caught.value).replace("mine: ", "mine.")


def test_only_conclusions_of_selected_experiments_are_checked_and_used() -> None:
    overlay = {"digits_kan": None, "digits_mlp_as_large": None}
    named = {"better": "digits_kan", "worse": "digits_mlp_as_large"}
    config = configured(
        select=["digits_cnn"], experiments=overlay, conclusions={"mine": {**GOOD, **named}}
    )
    assert config.selected_conclusions() == {}
    assert configured(conclusions=None).conclusions == {}


def test_seeds_are_those_of_the_run_and_then_further_ones() -> None:
    named = {"better": "digits_cnn", "worse": "digits_kan"}
    config = configured(seeds=[3, 42], conclusions={"mine": {**GOOD, **named}})
    assert config.seeds_of(config.conclusions["mine"]) == [3, 42, 7]


def test_every_shipped_conclusion_can_be_compared() -> None:
    config = configured()
    named = {name for c in config.conclusions.values() for name in c.experiments()}
    assert named <= config.experiments.keys()
    assert len(config.selected_conclusions()) >= 35
