"""Pairs of Persian sentences in the files and the form of FarsTail (Amirkhani et al. 2020).

Each pair is a premise and a hypothesis that follows from it (`e`), contradicts it (`c`) or does
neither (`n`). A small grammar makes them of meanings, and the label is computed from the two
meanings (`relation`), so that none is a matter of taste. Neither the words that the two share nor
the hypothesis alone say much: what follows may be said in other words (a bird for a parrot, asleep
for not awake), and what contradicts may differ in one small word, «نیست» for «است», «بدون» for
«با». Most such words are stop words: who drops them drops the label.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray

from resound.demo.synthesis.phrases import Half, half_of
from resound.io.files import write_text
from resound.runtime.pool import Pool
from resound.settings import Natural, settings

Label = Literal["e", "c", "n"]
LABELS: tuple[Label, ...] = ("e", "c", "n")
"""Entailment, contradiction, neutral."""

Size = Annotated[int, Gt(0), Le(6000)]


@settings
class Settings:
    """Pairs of Persian sentences of a small grammar, laid out as FarsTail."""

    kind: Literal["nli"]
    """The corpus of natural language inference."""
    train: Size = 3000
    """Pairs of the training part."""
    validation: Size = 400
    """Pairs of the validation part."""
    test: Size = 600
    """Pairs of the test part. No premise stands in two parts."""
    seed: Natural = 1
    """What every draw follows from."""


# Who is spoken of: a kind and those who are of it.
KINDS = {
    "حیوان": "سگ گربه اسب",
    "پرنده": "کبوتر طوطی عقاب",
    "ورزشکار": "دونده کشتی‌گیر کوه‌نورد",
    "پزشک": "جراح دندان‌پزشک دام‌پزشک",
}
KIND_OF = {member: kind for kind, members in KINDS.items() for member in members.split()}
NOUNS = (*KINDS, *KIND_OF)
QUALITIES = ("پیر", "زیبا", "لاغر")
PLACES = ("باغ", "خانه", "پیاده‌رو")
# What one is with or without, and its form after «هیچ» (any).
THINGS = {"غذا": "غذایی", "همراه": "همراهی"}
# States of which one is always in one or the other, so that not to be in one is to be in the other.
ADJECTIVES = (("بیدار", "خواب"), ("سالم", "بیمار"), ("سیر", "گرسنه"))
VERBS = (("می‌ماند", "می‌رود"),)
STATES = (*ADJECTIVES, *VERBS)
SMALL = ("در", "با", "بدون", "هیچ", "هرگز", "است", "نیست")


def vocabulary() -> list[str]:
    """All words of the sentences, in a fixed order."""
    states = [word for pair in ADJECTIVES for word in pair]
    states += [word for pair in VERBS for verb in pair for word in (verb, "ن" + verb)]
    return [*NOUNS, *QUALITIES, *PLACES, *THINGS, *THINGS.values(), *states, *SMALL]


@dataclass(frozen=True)
class Meaning:
    """What a sentence says of the one that it speaks of: the dog, the old parrot in the park."""

    noun: str
    quality: str | None
    place: str | None
    thing: str | None
    has: bool
    """Whether the thing is there or missing; True where there is no `thing`."""
    state: int
    """Place in `STATES`."""
    side: int
    """Which of its two words is used."""
    negated: bool
    never: bool
    """Not now nor at any time; only where `negated`."""

    @property
    def holds(self) -> int:
        """The side that is the case."""
        return self.side ^ self.negated


def relation(premise: Meaning, hypothesis: Meaning) -> Label:
    """Whether the hypothesis follows from the premise, contradicts it or does neither.

    Both speak of the same one where the hypothesis' words for it are true of the premise's: its
    noun or its kind, with no quality, place or thing that the premise does not tell.
    """
    told = (premise.noun, KIND_OF.get(premise.noun))
    details = ("quality", "place", "thing")
    added = any(getattr(hypothesis, d) not in (None, getattr(premise, d)) for d in details)
    if hypothesis.noun not in told or added or hypothesis.state != premise.state:
        return "n"
    if hypothesis.holds != premise.holds or (hypothesis.thing and hypothesis.has != premise.has):
        return "c"
    if hypothesis.never and not (premise.never and premise.side == hypothesis.side):
        return "n"
    return "e"


def say(meaning: Meaning, rng: np.random.Generator) -> str:
    """A sentence of that meaning; the place stands at its beginning or before the predicate."""
    who = [meaning.noun, *([meaning.quality] if meaning.quality else [])]
    where = ["در", meaning.place] if meaning.place else []
    group = [where, who] if rng.random() < 0.4 else [who, where]
    with_what = []
    if meaning.thing and meaning.has:
        with_what = ["با", meaning.thing]
    elif meaning.thing:
        any_of = ["هیچ", THINGS[meaning.thing]]
        with_what = ["بدون", *(any_of if rng.random() < 0.4 else [meaning.thing])]
    group.insert(group.index(who) + 1, with_what)
    predicate = ["هرگز"] if meaning.never else []
    word = STATES[meaning.state][meaning.side]
    if word in sum(VERBS, ()):
        predicate.append("ن" + word if meaning.negated else word)
    else:
        predicate += [word, "نیست" if meaning.negated else "است"]
    return " ".join([*group[0], *group[1], *group[2], *predicate])


def _premise(rng: np.random.Generator) -> Meaning:
    """Something with one or two details."""
    told = set(rng.permutation(3)[: 1 + (rng.random() < 0.4)].tolist())
    negated = bool(rng.random() < 0.5)
    thing = str(rng.choice(list(THINGS))) if 2 in told else None
    return Meaning(
        noun=str(rng.choice(list(KINDS if rng.random() < 0.3 else KIND_OF))),
        quality=str(rng.choice(QUALITIES)) if 0 in told else None,
        place=str(rng.choice(PLACES)) if 1 in told else None,
        thing=thing,
        has=thing is None or bool(rng.random() < 0.5),
        state=int(rng.integers(len(STATES))),
        side=int(rng.integers(2)),
        negated=negated,
        never=negated and bool(rng.random() < 0.3),
    )


def _changed(premise: Meaning, rng: np.random.Generator) -> Meaning:
    """Something about the same: each of its parts is kept, dropped, added or changed."""
    other = _premise(rng)
    side = premise.side ^ (rng.random() < 0.2)
    made = replace(premise, side=int(side), negated=other.negated)
    if rng.random() < 0.25:
        members = KINDS.get(premise.noun, premise.noun).split()
        made = replace(made, noun=KIND_OF.get(premise.noun, str(rng.choice(members))))
    if rng.random() < 0.3:
        made = replace(made, state=other.state)
    if rng.random() < 0.15:
        made = replace(made, quality=None if premise.quality else other.quality)
    if rng.random() < 0.15:
        made = replace(made, place=None if premise.place else other.place)
    if rng.random() < 0.15:
        thing = None if premise.thing else other.thing
        made = replace(made, thing=thing, has=not thing or other.has)
    elif premise.thing and rng.random() < 0.4:
        made = replace(made, has=not premise.has)
    return replace(
        made, never=made.negated and bool(rng.random() < (0.8 if premise.never else 0.1))
    )


@dataclass(frozen=True)
class Pair:
    """A row of the files."""

    premise: str
    hypothesis: str
    label: Label


def pairs(half: Half, rng: np.random.Generator) -> Iterator[list[Pair]]:
    """For ever, a new premise of a half with its hypotheses: one a label, now and then one less."""
    seen: set[str] = set()
    while True:
        meaning = _premise(rng)
        premise = say(meaning, rng)
        if premise in seen or half_of(premise) != half:
            continue
        seen.add(premise)
        found: dict[Label, list[str]] = {label: [] for label in LABELS}
        while min(map(len, found.values())) < 3:
            changed = _changed(meaning, rng)
            hypothesis = say(changed, rng)
            # Were the same words with another copula allowed, they could but contradict, and
            # would tell that even where the copula is dropped.
            if (set(hypothesis.split()) ^ set(premise.split())) - set(SMALL):
                found[relation(meaning, changed)].append(hypothesis)
        # Alike in how many words of content they share with the premise, so that it tells little.
        aim = _share(premise, found["e"][0], SMALL)
        chosen = {
            label: min(texts, key=lambda text: abs(_share(premise, text, SMALL) - aim))
            for label, texts in found.items()
        }
        if rng.random() < 0.06:
            del chosen[LABELS[rng.integers(len(LABELS))]]
        yield [Pair(premise, text, label) for label, text in chosen.items()]


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the three files below `folder`: the same bytes for any `pool` and `workers`."""
    source = pairs("corpus", np.random.default_rng(settings.seed))
    train, validation, test = (
        _part(source, size) for size in (settings.train, settings.validation, settings.test)
    )
    hard = {
        "hard(hypothesis)": by_hypothesis(train, test) != labels_of(test),
        "hard(overlap)": by_overlap(train, test) != labels_of(test),
    }
    data = folder / "data"
    write_text(data / "Train-word.csv", _table(train))
    write_text(data / "Val-word.csv", _table(validation))
    write_text(data / "Test-word.csv", _table(test, hard))


def _part(source: Iterator[list[Pair]], size: int) -> list[Pair]:
    """So many pairs; the last premise may have fewer."""
    part: list[Pair] = []
    while len(part) < size:
        part += next(source)
    return part[:size]


def _table(part: Sequence[Pair], hard: dict[str, NDArray[np.bool_]] | None = None) -> str:
    """Tab-separated values with a header."""
    hard = hard or {}
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([*(field.name for field in fields(Pair)), *hard])
    for number, pair in enumerate(part):
        flags = [int(column[number]) for column in hard.values()]
        writer.writerow([pair.premise, pair.hypothesis, pair.label, *flags])
    return text.getvalue()


def labels_of(part: Sequence[Pair]) -> NDArray[np.intp]:
    """The label of each pair as its place in `LABELS`."""
    return np.array([LABELS.index(pair.label) for pair in part], dtype=np.intp)


def by_hypothesis(train: Sequence[Pair], test: Sequence[Pair]) -> NDArray[np.intp]:
    """The labels that naive Bayes guesses from which words a hypothesis has (add-one smoothed)."""
    words = sorted({word for pair in train for word in pair.hypothesis.split()})

    def rows(part: Sequence[Pair]) -> NDArray[np.float64]:
        told = [set(pair.hypothesis.split()) for pair in part]
        return np.array([[word in own for word in words] for own in told], dtype=np.float64)

    known, labels, asked = rows(train), labels_of(train), rows(test)
    scores = []
    for label in range(len(LABELS)):
        own = known[labels == label]
        chance = (own.sum(0) + 1) / (len(own) + 2)
        fits = asked @ np.log(chance) + (1 - asked) @ np.log(1 - chance)
        scores.append(fits + np.log((len(own) + 1) / len(known)))
    best: NDArray[np.intp] = np.argmax(scores, axis=0)
    return best


def by_overlap(train: Sequence[Pair], test: Sequence[Pair]) -> NDArray[np.intp]:
    """The most frequent label of training pairs that share as much, to a fifth."""
    votes = np.zeros((6, len(LABELS)))
    np.add.at(votes, (_fifths(train), labels_of(train)), 1)
    best: NDArray[np.intp] = np.argmax(votes, axis=1)
    return best[_fifths(test)]


def _fifths(part: Sequence[Pair]) -> NDArray[np.intp]:
    """How many fifths of a hypothesis' words stand in its premise too, rounded."""
    shares = [_share(pair.premise, pair.hypothesis) for pair in part]
    fifths: NDArray[np.intp] = np.rint(5 * np.array(shares)).astype(np.intp)
    return fifths


def _share(premise: str, hypothesis: str, without: Sequence[str] = ()) -> float:
    """How many of a hypothesis' words stand in its premise too, of those not in `without`."""
    words, known = set(hypothesis.split()) - set(without), premise.split()
    return sum(word in known for word in words) / len(words)
