"""Patterns of names: they match these and no others, and do not try one name after the other."""

import random
import re

import pytest

from resound.workflow.wildcards import one_of

NAMES = ["a", "ab", "abc", "b_1", "b_10", "b_2", "cnn", "cnn_corrected", "_", "0"]


@pytest.mark.parametrize("names", [NAMES, NAMES[:1], NAMES[::-1], [*NAMES, "ab"], ["ab", "cnn"]])
def test_the_names_match_and_no_others(names: list[str]) -> None:
    pattern = re.compile(f"runs/(?P<experiment>{one_of(names)})/x")
    tried = {*NAMES, *(name[:-1] for name in NAMES), *(f"{name}0" for name in NAMES)}
    found = {name for name in tried if pattern.fullmatch(f"runs/{name}/x")}
    assert found == set(names)


def test_without_names_nothing_matches() -> None:
    assert not re.search(one_of([]), "") and not re.search(one_of([]), "no_such_experiment")


def test_names_drawn_at_random_match_whole() -> None:
    generator = random.Random(0)
    drawn = ["".join(generator.choices("ab_", k=generator.randint(1, 6))) for _ in range(400)]
    names, pattern = set(drawn[:200]), re.compile(one_of(drawn[:200]))
    assert {name for name in drawn if pattern.fullmatch(name)} == names


def test_no_branch_has_more_ways_than_there_are_letters() -> None:
    pattern = one_of(f"experiment_{number:04}" for number in range(2000))
    assert max(part.count("|") for part in re.findall(r"\(\?:([^()]*)\)", pattern)) == 9
    assert len(pattern) < 4 * 2000
