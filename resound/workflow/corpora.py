"""Indexes of corpora, and the list of corpora."""

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards

_SETTINGS = (
    "path_pattern exclude unknown labels label_names min_seconds max_seconds truncate"
    " chunk_seconds max_rejected alignment frame_ms transcripts pairs"
).split()


class Corpora:
    """What the rules of `rules/corpora.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def index_code(self, wildcards: Wildcards) -> str:
        """Return the code of an index, with that of its tables if the corpus has some."""
        corpus = self._config.corpora[wildcards.corpus]
        others = {
            "resound/data/transcript_tables.py": corpus.transcripts,
            "resound/data/text_pairs.py": corpus.pairs,
        }
        used = [module for module, tables in others.items() if tables]
        return self._project.code.of("scripts/index_corpus.py", *used)

    def index_settings(self, wildcards: Wildcards) -> str:
        """Return how the paths and tables of a corpus are read."""
        corpus = self._config.corpora[wildcards.corpus]
        return settings_string(**{key: getattr(corpus, key) for key in _SETTINGS})

    def list_settings(self, wildcards: Wildcards) -> str:
        """Return what the list of corpora shows of each beside what its index holds."""
        corpora = self._project.describe_corpora("title", "licence", "citation")
        return settings_string(corpora=corpora)
