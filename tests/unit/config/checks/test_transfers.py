"""Studies of transfer learning: which experiments and shares they may name."""

from typing import Any

import pytest

from resound.config.checks.in_use import in_use
from resound.config.load import load, shipped_files
from resound.config.schema import Config
from resound.errors import UserError

GOOD: dict[str, Any] = {
    "kind": "transfer",
    "data": [{"corpus": "nli", "features": "pairs_plain", "split": "nli_parts"}],
    "baseline": "nli_full_corrected",
    "shares": [0.5, 1.0],
}
SPEECH = {"corpus": "emotions", "features": "waveform16", "split": "speakers_70_10_20"}


def configured(*select: str, **changes: Any) -> Config:
    """Return the shipped configuration with a study `mine`, and only it selected by default."""
    overlay = {"select": list(select or ("mine",)), "studies": {"mine": {**GOOD, **changes}}}
    return load(overlay, [], shipped_files())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"baseline": "nli_ful"}, "baseline: there is no classification 'nli_ful'"),
        ({"baseline": "persian_finetuned"}, "baseline: there is no classification"),
        ({"baseline": "nli_hypothesis_words"}, "with a pretrained encoder, not a tfidf"),
        ({"baseline": "nli_head_only"}, "baseline: it must fine-tune a whole"),
        (
            {"baseline": "emotions_full_length"},
            "baseline: features: 'pairs_plain' are the tokens of",
        ),
        ({"data": [SPEECH]}, "baseline: model: an encoder of sound has no pooler"),
        ({"shares": [0.5, 1.5]}, "shares"),
        ({"shares": []}, "shares"),
        ({"data": [{**GOOD["data"][0], "features": "pairs"}]}, "there is no features 'pairs'"),
    ],
)
def test_mistakes(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        configured(**changes)
    assert message in str(caught.value)


def test_its_encoder_is_in_use_without_the_experiment() -> None:
    config = configured()
    assert config.selected() == {}
    assert in_use(config).pretrained == {"parsbert"}
    assert config.pretrained_of_study("mine") == "parsbert"
    assert config.pretrained_of_study("theory_search") is None


def test_demo_data_have_their_own_shares() -> None:
    config = configured(demo_shares=[0.2])
    assert config.study_on_this_data("mine").shares == [0.2]
    assert configured().study_on_this_data("mine").shares == [0.5, 1.0]
