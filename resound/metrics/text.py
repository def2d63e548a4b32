"""Metrics of transcribed and translated texts, computed from references and hypotheses alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.metrics.intervals import (
    Counts,
    Groups,
    Interval,
    error_rate_interval,
    ratio,
    score_interval,
)

if TYPE_CHECKING:
    from jiwer import AlignmentChunk, WordOutput

Operation = Literal["equal", "substitute", "delete", "insert"]
"""How a word of the hypothesis differs from the word of the reference that it is aligned with."""


def transcription_metrics(
    references: Sequence[str], hypotheses: Sequence[str], groups: Groups | None
) -> dict[str, Any]:
    """Return word and character error rates of a corpus, by jiwer, and the interval of the WER.

    The rates are those of the whole corpus: all errors divided by all reference words, so a long
    utterance counts for more than a short one. Words are separated by white space. An empty
    reference has no words, and every word of its hypothesis is an insertion; if all references are
    empty, the number of errors is divided by one.

    The interval of the WER is over `groups` (speakers) if there are two or more, else the bootstrap
    over clips (Bisani and Ney 2004).
    """
    import jiwer

    references = [" ".join(text.split()) for text in references]
    hypotheses = [" ".join(text.split()) for text in hypotheses]
    words = jiwer.process_words(references, hypotheses)
    counts = _word_counts(words)
    return {
        "wer": ratio(counts.sum(axis=0)),
        "cer": float(jiwer.process_characters(references, hypotheses).cer),
        "words": int(counts[:, 1].sum()),
        "hits": words.hits,
        "substitutions": words.substitutions,
        "deletions": words.deletions,
        "insertions": words.insertions,
        **error_rate_interval(counts, groups).as_metrics(),
    }


def translation_metrics(
    references: Sequence[str], hypotheses: Sequence[str], groups: Groups | None
) -> dict[str, Any]:
    """Return BLEU and chrF of a corpus, 0 to 100, by sacrebleu's defaults, with their signatures.

    The intervals are over `groups` (speakers) if there are two or more, else the bootstrap over
    clips (Koehn 2004).
    """
    from sacrebleu.metrics import BLEU, CHRF

    metrics: dict[str, Any] = {}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        metrics[name] = float(metric.corpus_score(hypotheses, [references]).score)
        metrics[f"{name}_signature"] = str(metric.get_signature())
        interval = _score_interval(metric, references, hypotheses, groups).as_metrics()
        metrics |= {f"{name}_{key}": value for key, value in interval.items()}
    return metrics


def word_errors(references: Sequence[str], hypotheses: Sequence[str]) -> Counts:
    """Return the errors and the reference words of each text, shape (texts, 2)."""
    import jiwer

    references = [" ".join(text.split()) for text in references]
    hypotheses = [" ".join(text.split()) for text in hypotheses]
    return _word_counts(jiwer.process_words(references, hypotheses))


def bleu_counts(references: Sequence[str], hypotheses: Sequence[str]) -> Counts:
    """Return what each text contributes to BLEU, shape (texts, kinds), for `bleu_of_counts`."""
    from sacrebleu.metrics import BLEU

    return np.array(BLEU()._extract_corpus_statistics(hypotheses, [references]))


def bleu_of_counts(sums: Counts) -> float:
    """Return the BLEU, 0 to 100, of the sums of `bleu_counts` over all texts."""
    from sacrebleu.metrics import BLEU

    return float(BLEU()._aggregate_and_compute([sums.tolist()]).score)


def align_words(reference: str, hypothesis: str) -> list[tuple[Operation, str, str]]:
    """Align the words of two texts; return operation, reference word and hypothesis word of each.

    The reference word of an insertion and the hypothesis word of a deletion are empty.
    """
    import jiwer

    reference_words, hypothesis_words = reference.split(), hypothesis.split()
    output = jiwer.process_words(" ".join(reference_words), " ".join(hypothesis_words))
    alignment: list[tuple[Operation, str, str]] = []
    for chunk in output.alignments[0]:
        missing = [""] * _length(chunk)
        from_reference = reference_words[chunk.ref_start_idx : chunk.ref_end_idx] or missing
        from_hypothesis = hypothesis_words[chunk.hyp_start_idx : chunk.hyp_end_idx] or missing
        operation: Any = chunk.type
        alignment += [(operation, *words) for words in zip(from_reference, from_hypothesis)]
    return alignment


def word_error_rate(alignment: Sequence[tuple[Operation, str, str]]) -> float:
    """Return the word error rate of one aligned text, as `transcription_metrics` counts it."""
    errors = sum(operation != "equal" for operation, _, _ in alignment)
    words = sum(operation != "insert" for operation, _, _ in alignment)
    return ratio(np.array([errors, words]))


def sentence_chrf(reference: str, hypothesis: str) -> float:
    """Return the chrF of one translation, 0 to 100, by sacrebleu's defaults."""
    from sacrebleu.metrics import CHRF

    return float(CHRF().sentence_score(hypothesis, [reference]).score)


def _score_interval(
    metric: Any, references: Sequence[str], hypotheses: Sequence[str], groups: Groups | None
) -> Interval:
    """Return the interval of a sacrebleu metric, from the statistics that it sums over clips.

    sacrebleu's own bootstrap returns only half the width of a symmetric interval, which is wrong
    for a skewed distribution of scores.
    """
    counts = np.array(metric._extract_corpus_statistics(hypotheses, [references]))

    def score(sums: Counts) -> float:
        return float(metric._aggregate_and_compute([sums.tolist()]).score)

    return score_interval(counts, groups, score, (0, 100))


def _word_counts(words: "WordOutput") -> Counts:
    errors = [_errors(chunks) for chunks in words.alignments]
    return np.array([errors, [len(reference) for reference in words.references]]).T


def _errors(chunks: Sequence["AlignmentChunk"]) -> int:
    return sum(_length(chunk) for chunk in chunks if chunk.type != "equal")


def _length(chunk: "AlignmentChunk") -> int:
    """Return the number of words in a chunk, of the text that has more."""
    in_reference = chunk.ref_end_idx - chunk.ref_start_idx
    in_hypothesis = chunk.hyp_end_idx - chunk.hyp_start_idx
    return max(in_reference, in_hypothesis)
