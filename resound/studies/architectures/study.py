"""The computations of the study of estimates in architecture search."""

from collections.abc import Sequence

import numpy as np

from resound.data.folds import Part as PartName
from resound.errors import UserError
from resound.runtime.progress import Progress
from resound.studies.architectures.findings import (
    FEWER_DATA,
    GRADIENT,
    SHARED,
    Estimate,
    Trainings,
    choices_plot,
    estimate_claim,
    estimates_plot,
    estimates_table,
    networks_table,
    ranking_claim,
    space_claim,
)
from resound.studies.architectures.network import WIDEST
from resound.studies.architectures.settings import Settings
from resound.studies.architectures.space import all_architectures
from resound.studies.architectures.trainings import (
    Examples,
    Part,
    accuracy,
    train_alone,
    train_mixture,
    train_shared,
)
from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material

PARTS: tuple[PartName, ...] = ("train", "validation", "test")


def compute_findings(
    settings: Settings, materials: Sequence[Material], progress: Progress
) -> Findings:
    """Train every network, estimate by each method, and compare what they choose."""
    import torch

    torch.set_num_threads(1)
    (material,) = materials
    examples = load_examples(material, settings)
    trainings = train_all(examples, settings)
    progress(f"{len(trainings.architectures)} networks are trained")
    estimates = make_estimates(examples, settings)
    data, (items, *others) = material.data, (len(part) for part in examples.parts)
    return Findings(
        title="Estimates in architecture search",
        method=(
            f"Every one of {len(trainings.architectures)} networks, with one or two convolutions"
            " over time (kernels, stride, connection), a mean over time and a linear layer, is"
            f" trained {settings.trainings} times for {settings.epochs} epochs on {items} items of"
            f" {data.corpus} ({data.features}, {data.split}). Estimates are made {settings.repeats}"
            f" times: training of each network on {settings.data_share:.0%} of the items; shared"
            " weights, where each step trains a random network and narrow kernels are the middle of"
            " wide ones; and gradients of the validation loss by the weights of a mixture of all"
            f" networks. Networks are chosen by {others[0]} validation items, and compared by"
            f" {others[1]} test items. The reports only name these methods: networks and training"
            " are inferred."
        ),
        claims=[
            *(estimate_claim(estimate, trainings, settings.margin) for estimate in estimates),
            *(
                ranking_claim(estimate, trainings)
                for estimate in estimates
                if estimate.method != GRADIENT
            ),
            space_claim(trainings),
        ],
        tables=[
            estimates_table(estimates, trainings, settings.margin),
            networks_table(trainings),
        ],
        plots=[estimates_plot(estimates, trainings), choices_plot(trainings)],
    )


def load_examples(material: Material, settings: Settings) -> Examples:
    """Return random items of each part, standardised and padded to the longest training clip.

    Raises UserError where a part is missing or where clips have too few frames.
    """
    import torch

    data, random = material.data, np.random.default_rng(settings.seed)
    if missing := [part for part in PARTS if not len(material.parts.get(part, ()))]:
        raise UserError(
            f"{data.split} of {data.corpus} has no {missing[0]} part, which architecture search"
            " needs: choose a split with `validation`"
        )
    items = {part: random.permutation(material.parts[part])[: settings.max_items] for part in PARTS}
    clips = {part: [material.features.clip(n) for n in items[part]] for part in PARTS}
    frames = max(len(clip) for clip in clips["train"])
    if frames < WIDEST:
        raise UserError(
            f"clips of {data.corpus} have at most {frames} frames of {data.features}, and kernels"
            f" span {WIDEST}: choose features that are not pooled"
        )
    everything = np.concatenate(clips["train"]).astype(np.float64)
    mean, std = everything.mean(axis=0), everything.std(axis=0)
    std[std == 0] = 1

    def load(part: PartName) -> Part:
        rows = np.zeros((len(clips[part]), len(mean), frames), np.float32)
        for row, clip in zip(rows, clips[part]):
            standardised = ((clip[:frames] - mean) / std).T
            row[:, : standardised.shape[1]] = standardised
        return Part(torch.from_numpy(rows), torch.from_numpy(material.labels(items[part])))

    train, validation, test = map(load, PARTS)
    return Examples(train, validation, test, len(material.classes))


def train_all(examples: Examples, settings: Settings) -> Trainings:
    """Train every network in full, several times."""
    architectures = all_architectures()
    accuracies = np.empty((2, settings.trainings, len(architectures)))
    for training in range(settings.trainings):
        for n, architecture in enumerate(architectures):
            random = np.random.default_rng([settings.seed, 0, training, n])
            network = train_alone(architecture, examples, settings, random)
            accuracies[:, training, n] = [
                accuracy(network, architecture, part)
                for part in (examples.validation, examples.test)
            ]
    return Trainings(architectures, *accuracies)


def make_estimates(examples: Examples, settings: Settings) -> list[Estimate]:
    """Score every network by each method, with no use of the test part."""
    full_steps = settings.epochs * len(all_architectures())
    shared_steps = settings.shared_epochs / full_steps
    methods = {
        FEWER_DATA: (score_by_fewer_data, settings.data_share),
        SHARED: (score_by_shared_weights, shared_steps),
        GRADIENT: (score_by_gradients, 2 * shared_steps),
    }
    estimates = []
    for n, (method, (score, steps)) in enumerate(methods.items(), 1):
        scores = [
            score(examples, settings, np.random.default_rng([settings.seed, n, repeat]))
            for repeat in range(settings.repeats)
        ]
        estimates.append(Estimate(method, np.array(scores), steps))
    return estimates


def score_by_fewer_data(
    examples: Examples, settings: Settings, random: np.random.Generator
) -> Vector:
    """Return validation accuracies after training on a share of the items, drawn at random."""
    count = max(1, round(settings.data_share * len(examples.train)))
    part = examples.train.select(random.permutation(len(examples.train))[:count])
    fewer = Examples(part, examples.validation, examples.test, examples.classes)
    architectures = all_architectures()
    networks = [train_alone(one, fewer, settings, random) for one in architectures]
    return np.array(
        [accuracy(n, one, examples.validation) for n, one in zip(networks, architectures)]
    )


def score_by_shared_weights(
    examples: Examples, settings: Settings, random: np.random.Generator
) -> Vector:
    """Return validation accuracies with weights that all networks share."""
    architectures = all_architectures()
    network = train_shared(architectures, examples, settings, random)
    return np.array([accuracy(network, one, examples.validation) for one in architectures])


def score_by_gradients(
    examples: Examples, settings: Settings, random: np.random.Generator
) -> Vector:
    """Return the logarithms of the probabilities of all networks in a trained mixture."""
    decisions = train_mixture(examples, settings, random)
    return np.array([decisions.log_probability(one) for one in all_architectures()])
