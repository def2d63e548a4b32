"""Recordings and pretrained models: their sources, and what makes their demo versions."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from resound.config.error_location import place
from resound.data.downloads.hub import Hub
from resound.data.downloads.remote import Remote
from resound.errors import UserError
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.sources import Source, find_source
from resound.workflow.wildcards import Wildcards

# Demo corpora and models run it as a program: no module imports it.
_ESPEAK = "resound/demo/synthesis/espeak.py"


class Downloads:
    """What the rules of `rules/download.smk` depend on."""

    def __init__(self, project: Project, is_main_process: bool = True) -> None:
        self._project, self._config = project, project.config
        self._is_main_process = is_main_process
        self._sources: dict[str, Source] = {}

    def check_source(self, wildcards: Wildcards) -> list[str]:
        """Return no input files, but raise UserError if the recordings of a corpus are missing.

        Snakemake asks for the input of every job that a target needs before it starts one. If the
        output of a job exists, it takes an error here for a reason to keep that as it is; then
        `corpus_version` raises the same error, because its value is compared with the recorded one.
        Jobs on a cluster, which plan anew, do not look at every recording again.
        """
        is_new = not Path(f"data/{wildcards.corpus}/source.json").exists()
        if is_new and self._is_main_process and self._config.data == "real":
            self.source(wildcards.corpus)
        return []

    def source(self, corpus: str) -> Source:
        """Return where the real recordings of a corpus are, and their version."""
        if corpus not in self._sources:
            self._sources[corpus] = self._find(corpus)
        return self._sources[corpus]

    def corpus_code(self, wildcards: Wildcards) -> str:
        """Return the code of a corpus, which on demo data is that of its synthesis."""
        others: list[str] = []
        if self._config.data == "demo":
            demo: Any = self._config.corpora[wildcards.corpus].demo
            others = [f"resound/demo/corpora/{demo.kind}.py", _ESPEAK]
        elif self._has_parquet(wildcards.corpus):
            others = ["resound/data/downloads/hub_dataset.py"]
        return self._project.code.of("scripts/download_corpus.py", *others)

    def corpus_settings(self, wildcards: Wildcards) -> str:
        """Return the source of a corpus by its kind: `demo`, `folder`, `archive` or `remote`."""
        if self._config.data == "demo":
            return settings_string(demo=self._config.corpora[wildcards.corpus].demo)
        source = self.source(wildcards.corpus)
        return settings_string(**{source.kind: source.place})

    def corpus_version(self, wildcards: Wildcards) -> str:
        """Return the version of a corpus' recordings; that of a demo is its code."""
        if self._config.data == "demo":
            return "demo"
        return self.source(wildcards.corpus).version

    def model_code(self, wildcards: Wildcards) -> str:
        """Return the code of a pretrained model, which for a demo model is that of its training."""
        others: list[str] = []
        if demo_model := self._config.demo_models.get(wildcards.model):
            others = [f"resound/demo/models/{demo_model.kind}.py", _ESPEAK]
        return self._project.code.of("scripts/download_model.py", *others)

    def model_settings(self, wildcards: Wildcards) -> str:
        """Return the settings of a demo model, or where a pretrained one comes from."""
        demo_model = self._config.demo_models.get(wildcards.model)
        if demo_model is None:
            return settings_string(pretrained=self._config.pretrained[wildcards.model])
        features = getattr(demo_model, "features", None)
        configuration = features and self._config.feature_configuration(features)
        return settings_string(demo_model=demo_model, configuration=configuration)

    def _has_parquet(self, corpus: str) -> bool:
        """Return whether recordings may be written from Parquet files."""
        sources = self._config.corpora[corpus].sources
        return any(isinstance(source, Hub) and source.audio for source in sources)

    def _find(self, corpus: str) -> Source:
        settings = self._config.corpora[corpus]
        remotes = [source for source in settings.sources if isinstance(source, Remote)]
        local = [source for source in settings.sources if not isinstance(source, Remote)]
        candidates: list[Any] = [entry for source in local for entry in asdict(source).items()]
        tables = settings.transcripts.files if settings.transcripts else []
        if settings.pairs:
            tables = list(settings.pairs.files.values())
        memo = Path(f"results/corpora/{corpus}.digests.json")
        companion = settings.alignment.path if settings.alignment else None
        try:
            return find_source(candidates, settings.path_pattern, memo, remotes, companion, tables)
        except UserError as error:
            where = place(("corpora", corpus, "sources"), self._project.files)
            raise UserError(f"{where}: {error}") from None
