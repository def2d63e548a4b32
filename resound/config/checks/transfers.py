"""Checks of studies of transfer learning: of the experiment whose encoder they train."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from resound.config.checks import experiments
from resound.config.checks.mistakes import Mistake, no_such, on_one_line
from resound.config.schema import Config
from resound.studies import transfer


def mistakes(config: Config, study: transfer.Settings) -> Iterator[Mistake]:
    """Yield why the experiment cannot be trained in three ways, or does not fit the data."""
    known = config.classifications()
    if study.baseline not in known:
        yield ("baseline",), no_such("classification", study.baseline, known, "experiments")
        return
    (data,) = study.data
    baseline = replace(known[study.baseline], **asdict(data), variant_of=None, reported=None)
    if baseline.model.kind != "encoder":
        what = f"transfer is studied with a pretrained encoder, not a {baseline.model.kind}"
        yield ("baseline",), what
        return
    if (baseline.model.freeze, baseline.model.weights) != ("nothing", "pretrained"):
        what = (
            "it must fine-tune a whole pretrained encoder: the study freezes it, and draws weights"
        )
        yield ("baseline",), what
    wrong = [*experiments.contradictions(baseline), *experiments.misfits(config, baseline)]
    yield from ((("baseline",), on_one_line(mistake)) for mistake in wrong)
