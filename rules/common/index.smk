"""What an index and the list of corpora depend on."""


def index_config(wildcards):
    corpus = CONFIG.corpora[wildcards.corpus]
    used = "path_pattern exclude unknown labels min_seconds chunk_seconds max_rejected"
    used += " alignment frame_ms transcripts max_seconds truncate label_names pairs"
    return stage_config(**{key: getattr(corpus, key) for key in used.split()})


def catalogue_config():
    """What `results/corpora.md` tells of each corpus beside what was found in it."""
    return stage_config(corpora=told_of_corpora("title", "licence", "citation"))
