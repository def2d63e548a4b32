"""The computations of the study of matching."""

from collections.abc import Sequence

import numpy as np

from resound.runtime.progress import Progress
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material
from resound.studies.matching.findings import (
    CASES,
    CHANNEL,
    LEARNED,
    LEAST_KL,
    METHODS,
    UNSEEN,
    Outcomes,
    accuracies_plot,
    accuracy_claim,
    distance_claim,
    divergence_claim,
    methods_claim,
    outcomes_plot,
    outcomes_table,
)
from resound.studies.matching.nearness import (
    CHANNELS,
    SPEAKERS,
    Nearness,
    measure_nearness,
    nearness_claim,
    nearness_plot,
)
from resound.studies.matching.settings import Settings
from resound.studies.matching.transfer import (
    TransferTask,
    adapt_by_networks,
    draw_speaker_groups,
    split_speakers,
)


def compute_findings(
    settings: Settings, materials: Sequence[Material], progress: Progress
) -> Findings:
    """Adapt the features of unseen speakers in every draw, with and without another channel."""
    (material,) = materials
    outcomes: Outcomes = {(case, method): [] for case in CASES for method in METHODS}
    nearness: list[Nearness] = []
    groups = draw_speaker_groups(material, settings.draws, settings.seed)
    randoms, problems, adapted = [], [], []
    for draw, (source, target) in enumerate(groups):
        random = np.random.default_rng([settings.seed, draw])
        task = TransferTask(material, source, target)
        constants = random.normal(0, settings.channel_deviation, task.target.shape[1])
        for channel in (0.0, constants):
            problems.append((task, task.target + channel))
            adapted.append(task.adapt(task.target + channel, settings, random))
        nearness += measure_nearness(
            task, constants, settings.max_items, np.random.default_rng([settings.seed, draw])
        )
        randoms.append(random)
        progress(f"draw {draw + 1} of {settings.draws}")
    by_networks = adapt_by_networks(
        [(target, task.source) for task, target in problems],
        np.random.default_rng([settings.seed, settings.draws]),
    )
    for n, (task, _) in enumerate(problems):
        draw, case = divmod(n, len(CASES))
        all_adapted = {**adapted[n], **by_networks[n]}
        for method, outcome in task.evaluate(
            all_adapted, settings.max_items, randoms[draw]
        ).items():
            outcomes[CASES[case], method].append(outcome)
    data, (_, test_speakers) = material.data, split_speakers(material)
    return Findings(
        title="Matching two distributions",
        method=(
            f"Logistic regression is trained on {data.features} of some speakers of {data.corpus}"
            f" and evaluated on other speakers, in {settings.draws} draws of {len(test_speakers)}"
            f" target speakers; the first draw is the test part of {data.split}. All features of"
            " the target are adapted to the source without labels, by CORAL, which gives them the"
            " mean and covariance of the source, by the scale and shift of each feature that"
            " minimise MMD, by seven methods that match each feature by itself, and by three that"
            " train networks. This is repeated with a random constant added to each feature, as"
            " another recording channel adds one to cepstra."
        ),
        claims=[
            distance_claim(outcomes),
            accuracy_claim(outcomes, CHANNEL),
            accuracy_claim(outcomes, UNSEEN),
            methods_claim(outcomes),
            divergence_claim(outcomes),
            accuracy_claim(outcomes, CHANNEL, [LEAST_KL]),
            accuracy_claim(outcomes, UNSEEN, [LEAST_KL]),
            accuracy_claim(outcomes, CHANNEL, LEARNED),
            accuracy_claim(outcomes, UNSEEN, LEARNED),
            nearness_claim(nearness, SPEAKERS),
            nearness_claim(nearness, CHANNELS),
        ],
        tables=[outcomes_table(outcomes)],
        plots=[
            *(outcomes_plot(outcomes, case) for case in CASES),
            *(accuracies_plot(outcomes, case) for case in CASES),
            nearness_plot(nearness),
        ],
    )
