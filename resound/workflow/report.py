"""The report over all selected experiments."""

from collections.abc import Iterable
from dataclasses import asdict, fields

from resound.config.experiments import Classification, Recognition
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Report:
    """What the rules of `rules/report.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> list[str]:
        """Return all files that the report reads."""
        config = self._config
        selected = config.selected()
        splits = {(experiment.corpus, experiment.split) for experiment in selected.values()}
        return [
            *self._runs(selected, "metrics.json", "predictions.csv", "provenance.json"),
            *self._classifications(),
            *self._recognitions(),
            *self._conclusions(),
            *(f"results/splits/{corpus}/{split}.csv" for corpus, split in sorted(splits)),
            *_each("results/splits", sorted({corpus for corpus, _ in splits}), "svg"),
            *_each("results/extraction_benchmarks", config.selected_benchmarks(), "json svg"),
            *_each("results/studies", config.selected_studies(), "json svg"),
            *_each("results/corpora", self._project.corpora, "csv rejected.csv json"),
        ]

    def settings(self, wildcards: Wildcards) -> str:
        """Return the settings that the report shows."""
        config, project = self._config, self._project
        # A field that one form of experiment lacks is None there.
        every = [field.name for form in (Classification, Recognition) for field in fields(form)]
        experiments = {
            name: {
                **dict.fromkeys(every),
                **asdict(experiment),
                "train": config.training_of(experiment),
                "configuration": config.feature_configuration(experiment.features),
                "split_settings": project.split_of(name),
            }
            for name, experiment in config.selected().items()
        }
        return settings_string(
            data=config.data,
            seeds=config.seeds,
            # As a list, because the report keeps the order of the configuration.
            order=list(experiments),
            experiments=experiments,
            extraction_benchmarks=config.selected_benchmarks(),
            studies=list(config.selected_studies()),
            conclusions={
                name: {**asdict(conclusion), "seeds": config.seeds_of(conclusion)}
                for name, conclusion in config.selected_conclusions().items()
            },
            corpora=project.describe_corpora(
                "title", "licence", "citation", "reported_items", "reported_frames"
            ),
        )

    def _classifications(self) -> list[str]:
        project, classified = self._project, self._project.classifications
        files = ["history.csv", *_plots("curves", "confusion", "classes")]
        splits = {name: project.split_of(name) for name in classified}
        open_set = [name for name, split in splits.items() if split.open_set]
        framed = [name for name in classified if project.has_frame_labels(name)]
        unlabelled = [n for n, split in splits.items() if "unlabelled" in (split.partitions or {})]
        variants = [name for name, e in classified.items() if e.variant_of in classified]
        first = self._config.seeds[:1]
        return [
            *self._runs(classified, *files),
            *self._runs(open_set, *_plots("open_set")),
            *self._runs(framed, *_plots("utterance")),
            *self._runs(unlabelled, "submission.csv"),
            *self._runs(variants, "comparison.json", seeds=first),
        ]

    def _recognitions(self) -> list[str]:
        recognitions = self._project.recognitions
        tuned = [name for name in recognitions if name in self._project.tuned]
        identifying = [name for name in recognitions if name in self._project.identifications]
        return [
            *self._runs(tuned, "history.csv", *_plots("curves")),
            *self._runs(identifying, *_plots("confusion", "classes")),
        ]

    def _conclusions(self) -> list[str]:
        """Return what conclusions read of their further seeds, under both protocols."""
        config, selected, files = self._config, self._config.selected(), []
        for conclusion in config.selected_conclusions().values():
            # The number of parameters does not depend on the seed.
            if conclusion.metric == "parameters":
                continue
            further = [seed for seed in config.seeds_of(conclusion) if seed not in config.seeds]
            file = "history.csv" if conclusion.improving else "predictions.csv"
            named = conclusion.experiments()
            files += self._runs(named, file, seeds=further)
            corrected = [name for n in named if (name := selected[n].corrected) in selected]
            if conclusion.protocol == "reported" and len(corrected) == len(named):
                files += self._runs(corrected, file, seeds=further)
        return list(dict.fromkeys(files))

    def _runs(
        self, experiments: Iterable[str], *files: str, seeds: Iterable[int] | None = None
    ) -> list[str]:
        """These files of each experiment and seed."""
        seeds = self._config.seeds if seeds is None else seeds
        return [
            f"results/runs/{name}/{seed}/{file}"
            for file in files
            for name in experiments
            for seed in seeds
        ]


def _plots(*names: str) -> list[str]:
    return [f"plots/{name}.svg" for name in names]


def _each(folder: str, names: Iterable[str], endings: str) -> list[str]:
    return [f"{folder}/{name}.{ending}" for name in names for ending in endings.split()]
