"""Pairs of Persian sentences whose meanings a small grammar defines.

Each pair has a premise and a hypothesis that follows from it (`e`), contradicts it (`c`) or does
neither (`n`). The grammar generates sentences from meanings, and `relation` computes the label
from the two meanings, so that labels are objective. Neither word overlap nor the hypothesis alone
predicts the label well: an entailed hypothesis may use different words (bird for parrot, asleep
for not awake), and a contradiction may differ in one function word («نیست» instead of «است»,
«بدون» instead of «با»). Most of these words are stop words: without them, labels are ambiguous.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from resound.demo.synthesis.phrases import Subset, subset_of

Label = Literal["e", "c", "n"]
LABELS: tuple[Label, ...] = ("e", "c", "n")
"""Entailment, contradiction and neutral."""

# Subjects: each category with its members.
CATEGORIES = {
    "حیوان": "سگ گربه اسب",
    "پرنده": "کبوتر طوطی عقاب",
    "ورزشکار": "دونده کشتی‌گیر کوه‌نورد",
    "پزشک": "جراح دندان‌پزشک دام‌پزشک",
}
CATEGORY_OF = {
    member: category for category, members in CATEGORIES.items() for member in members.split()
}
NOUNS = (*CATEGORIES, *CATEGORY_OF)
ADJECTIVES = ("پیر", "زیبا", "لاغر")
PLACES = ("باغ", "خانه", "پیاده‌رو")
# Objects that a subject is with or without, and their forms after «هیچ» (any).
THINGS = {"غذا": "غذایی", "همراه": "همراهی"}
# Complementary states: exactly one of each pair holds, so that negating one asserts the other.
PREDICATE_ADJECTIVES = (("بیدار", "خواب"), ("سالم", "بیمار"), ("سیر", "گرسنه"))
VERBS = (("می‌ماند", "می‌رود"),)
STATES = (*PREDICATE_ADJECTIVES, *VERBS)
FUNCTION_WORDS = ("در", "با", "بدون", "هیچ", "هرگز", "است", "نیست")


def vocabulary() -> list[str]:
    """Return all words that occur in sentences, in a fixed order."""
    states = [word for pair in PREDICATE_ADJECTIVES for word in pair]
    states += [word for pair in VERBS for verb in pair for word in (verb, "ن" + verb)]
    return [*NOUNS, *ADJECTIVES, *PLACES, *THINGS, *THINGS.values(), *states, *FUNCTION_WORDS]


@dataclass(frozen=True)
class Meaning:
    """The meaning of a sentence: a subject with optional details, and its state."""

    noun: str
    adjective: str | None
    place: str | None
    thing: str | None
    has: bool
    """Whether the subject is with or without the thing; True if `thing` is None."""
    state: int
    """Index into `STATES`."""
    side: int
    """Index of the word that is used, one of the pair of the state."""
    negated: bool
    never: bool
    """Whether the negation applies to all times; only True if `negated`."""

    @property
    def holds(self) -> int:
        """Index of the word that holds, taking the negation into account."""
        return self.side ^ self.negated


def relation(premise: Meaning, hypothesis: Meaning) -> Label:
    """Return whether the hypothesis follows from the premise, contradicts it or does neither.

    Both refer to the same subject if the description in the hypothesis is true of the subject of
    the premise: its noun or the category of its noun, without an adjective, place or thing that the
    premise does not mention.
    """
    nouns = (premise.noun, CATEGORY_OF.get(premise.noun))
    details = ("adjective", "place", "thing")
    added = any(getattr(hypothesis, d) not in (None, getattr(premise, d)) for d in details)
    if hypothesis.noun not in nouns or added or hypothesis.state != premise.state:
        return "n"
    if hypothesis.holds != premise.holds or (hypothesis.thing and hypothesis.has != premise.has):
        return "c"
    if hypothesis.never and not (premise.never and premise.side == hypothesis.side):
        return "n"
    return "e"


def render(meaning: Meaning, rng: np.random.Generator) -> str:
    """Return a sentence with a meaning; its place is at the beginning or before the predicate."""
    subject = [meaning.noun, *([meaning.adjective] if meaning.adjective else [])]
    location = ["در", meaning.place] if meaning.place else []
    phrases = [location, subject] if rng.random() < 0.4 else [subject, location]
    accompaniment = []
    if meaning.thing and meaning.has:
        accompaniment = ["با", meaning.thing]
    elif meaning.thing:
        indefinite = ["هیچ", THINGS[meaning.thing]]
        accompaniment = ["بدون", *(indefinite if rng.random() < 0.4 else [meaning.thing])]
    phrases.insert(phrases.index(subject) + 1, accompaniment)
    predicate = ["هرگز"] if meaning.never else []
    word = STATES[meaning.state][meaning.side]
    if word in sum(VERBS, ()):
        predicate.append("ن" + word if meaning.negated else word)
    else:
        predicate += [word, "نیست" if meaning.negated else "است"]
    return " ".join([*phrases[0], *phrases[1], *phrases[2], *predicate])


def _draw(rng: np.random.Generator) -> Meaning:
    """Draw a meaning with one or two details."""
    details = set(rng.permutation(3)[: 1 + (rng.random() < 0.4)].tolist())
    negated = bool(rng.random() < 0.5)
    thing = str(rng.choice(list(THINGS))) if 2 in details else None
    return Meaning(
        noun=str(rng.choice(list(CATEGORIES if rng.random() < 0.3 else CATEGORY_OF))),
        adjective=str(rng.choice(ADJECTIVES)) if 0 in details else None,
        place=str(rng.choice(PLACES)) if 1 in details else None,
        thing=thing,
        has=thing is None or bool(rng.random() < 0.5),
        state=int(rng.integers(len(STATES))),
        side=int(rng.integers(2)),
        negated=negated,
        never=negated and bool(rng.random() < 0.3),
    )


def _vary(premise: Meaning, rng: np.random.Generator) -> Meaning:
    """Return a variation of a meaning: each element is kept, removed, added or changed."""
    other = _draw(rng)
    side = premise.side ^ (rng.random() < 0.2)
    variation = replace(premise, side=int(side), negated=other.negated)
    if rng.random() < 0.25:
        members = CATEGORIES.get(premise.noun, premise.noun).split()
        noun = CATEGORY_OF.get(premise.noun, str(rng.choice(members)))
        variation = replace(variation, noun=noun)
    if rng.random() < 0.3:
        variation = replace(variation, state=other.state)
    if rng.random() < 0.15:
        variation = replace(variation, adjective=None if premise.adjective else other.adjective)
    if rng.random() < 0.15:
        variation = replace(variation, place=None if premise.place else other.place)
    if rng.random() < 0.15:
        thing = None if premise.thing else other.thing
        variation = replace(variation, thing=thing, has=not thing or other.has)
    elif premise.thing and rng.random() < 0.4:
        variation = replace(variation, has=not premise.has)
    never = variation.negated and bool(rng.random() < (0.8 if premise.never else 0.1))
    return replace(variation, never=never)


@dataclass(frozen=True)
class Pair:
    """A premise, a hypothesis and their label: one row of a file."""

    premise: str
    hypothesis: str
    label: Label


def pairs(subset: Subset, rng: np.random.Generator) -> Iterator[list[Pair]]:
    """Yield an infinite sequence of distinct premises of a subset, with their hypotheses.

    Each premise usually has one hypothesis per label; for 6 % of premises, one label is omitted.
    """
    seen: set[str] = set()
    while True:
        meaning = _draw(rng)
        premise = render(meaning, rng)
        if premise in seen or subset_of(premise) != subset:
            continue
        seen.add(premise)
        candidates: dict[Label, list[str]] = {label: [] for label in LABELS}
        while min(map(len, candidates.values())) < 3:
            variation = _vary(meaning, rng)
            hypothesis = render(variation, rng)
            # A pair that differs only in function words can only be a contradiction, which would
            # remain visible after the removal of stop words.
            if (set(hypothesis.split()) ^ set(premise.split())) - set(FUNCTION_WORDS):
                candidates[relation(meaning, variation)].append(hypothesis)
        # The hypotheses have similar overlap with the premise, so that overlap predicts little.
        target = overlap(premise, candidates["e"][0], FUNCTION_WORDS)
        chosen = {
            label: min(texts, key=lambda text: abs(overlap(premise, text, FUNCTION_WORDS) - target))
            for label, texts in candidates.items()
        }
        if rng.random() < 0.06:
            del chosen[LABELS[rng.integers(len(LABELS))]]
        yield [Pair(premise, text, label) for label, text in chosen.items()]


def overlap(premise: str, hypothesis: str, exclude: Sequence[str] = ()) -> float:
    """Return the fraction of the words of a hypothesis, except `exclude`, that the premise has."""
    words, premise_words = set(hypothesis.split()) - set(exclude), premise.split()
    return sum(word in premise_words for word in words) / len(words)
