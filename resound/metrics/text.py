"""Figures of recognised and translated texts, from references and hypotheses alone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jiwer import AlignmentChunk

Counts = NDArray[np.int64]
Kind = Literal["equal", "substitute", "delete", "insert"]

_RESAMPLES = 2000
_LEVEL = 0.95
_SEED = 0


def word_figures(
    references: Sequence[str], hypotheses: Sequence[str], groups: Sequence[str] | None
) -> dict[str, Any]:
    """Word and character error rates of a corpus, by jiwer, with the 95 % interval of the former.

    The rates are those of the whole corpus: all errors over all reference words, so that a long
    utterance weighs more than a short one. Words are what white space parts. An empty reference
    has no words, and what was heard in its place counts as insertions; where all are empty, the
    rates are errors over one word.

    The interval is the percentile bootstrap's over clips, or over whole `groups` (speakers) where
    there are two or more (Bisani and Ney 2004): 2,000 resamples.
    """
    import jiwer

    said = [" ".join(text.split()) for text in references]
    heard = [" ".join(text.split()) for text in hypotheses]
    words = jiwer.process_words(said, heard)
    errors = [_errors(chunks) for chunks in words.alignments]
    counts = np.array([errors, [len(reference) for reference in words.references]]).T
    method = "bootstrap by clip"
    if groups is not None and len(set(groups)) > 1:
        counts, method = _by_group(counts, groups), "bootstrap by group"
    return {
        "wer": _rate(counts.sum(axis=0)),
        "cer": float(jiwer.process_characters(said, heard).cer),
        "words": int(counts[:, 1].sum()),
        "hits": words.hits,
        "substitutions": words.substitutions,
        "deletions": words.deletions,
        "insertions": words.insertions,
        "interval": _interval(counts, _rate),
        "interval_method": method,
    }


def translation_figures(references: Sequence[str], hypotheses: Sequence[str]) -> dict[str, Any]:
    """BLEU and chrF of a corpus, 0 to 100, by sacrebleu at its defaults, each with its signature.

    The intervals are the 95 % percentile bootstrap's over clips, 2,000 resamples (Koehn 2004).
    """
    from sacrebleu.metrics import BLEU, CHRF

    figures: dict[str, Any] = {}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        figures[name] = float(metric.corpus_score(hypotheses, [references]).score)
        figures[f"{name}_signature"] = str(metric.get_signature())
        figures[f"{name}_interval"] = _score_interval(metric, references, hypotheses)
    return figures


def aligned(reference: str, hypothesis: str) -> list[tuple[Kind, str, str]]:
    """The words of both texts side by side: kind, reference word, hypothesis word.

    The word of a text that has none there is empty.
    """
    import jiwer

    said, heard = reference.split(), hypothesis.split()
    pairs: list[tuple[Kind, str, str]] = []
    for chunk in jiwer.process_words(" ".join(said), " ".join(heard)).alignments[0]:
        ours = said[chunk.ref_start_idx : chunk.ref_end_idx] or [""] * _length(chunk)
        theirs = heard[chunk.hyp_start_idx : chunk.hyp_end_idx] or [""] * _length(chunk)
        kind: Any = chunk.type
        pairs += [(kind, word, other) for word, other in zip(ours, theirs)]
    return pairs


def error_rate(pairs: Sequence[tuple[Kind, str, str]]) -> float:
    """The word error rate of one aligned text, as `word_figures` counts it."""
    errors = sum(kind != "equal" for kind, _, _ in pairs)
    return _rate(np.array([errors, sum(kind != "insert" for kind, _, _ in pairs)]))


def sentence_chrf(reference: str, hypothesis: str) -> float:
    """The chrF of one translation, 0 to 100, by sacrebleu at its defaults."""
    from sacrebleu.metrics import CHRF

    return float(CHRF().sentence_score(hypothesis, [reference]).score)


def _score_interval(
    metric: Any, references: Sequence[str], hypotheses: Sequence[str]
) -> list[float]:
    """The interval of a sacrebleu metric, from the statistics that it sums over clips.

    Its own bootstrap tells only half the width, which says too little where scores are skewed.
    """
    counts = np.array(metric._extract_corpus_statistics(hypotheses, [references]))
    return _interval(counts, lambda sums: metric._aggregate_and_compute([sums.tolist()]).score)


def _interval(counts: Counts, figure: Callable[[Counts], float]) -> list[float]:
    """The interval of a `figure` of summed `counts` (units, kinds) when units are drawn anew."""
    generator, units = np.random.default_rng(_SEED), len(counts)
    figures = []
    for _ in range(_RESAMPLES):
        times = np.bincount(generator.integers(units, size=units), minlength=units)
        figures.append(figure(times @ counts))
    low, high = np.quantile(figures, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return [float(low), float(high)]


def _by_group(counts: Counts, groups: Sequence[str]) -> Counts:
    """`counts` (clips, kinds) summed over each group."""
    names, number = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), counts.shape[1]), dtype=counts.dtype)
    np.add.at(sums, number, counts)
    return sums


def _rate(counts: Counts) -> float:
    errors, words = counts
    return float(errors / max(words, 1))


def _errors(chunks: Sequence["AlignmentChunk"]) -> int:
    return sum(_length(chunk) for chunk in chunks if chunk.type != "equal")


def _length(chunk: "AlignmentChunk") -> int:
    """How many words a chunk holds, of the text that has more."""
    ours, theirs = chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx
    return max(ours, theirs)
