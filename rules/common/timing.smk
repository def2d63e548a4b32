"""What a timing depends on."""


def timing_input(wildcards):
    return index_of_corpus(CONFIG.timings[wildcards.timing].corpus)


def timing_code(wildcards):
    kind = CONFIG.features[CONFIG.timings[wildcards.timing].features].kind
    return code_version("scripts/benchmark_extraction.py", f"resound/features/{kind}.py")


def timing_config(wildcards):
    timing = CONFIG.timings[wildcards.timing]
    configuration = CONFIG.feature_configuration(timing.features)
    return stage_config(configuration=configuration, clips=timing.clips, repeats=timing.repeats)


def timing_threads(wildcards):
    """All cores, so that nothing else runs meanwhile; a cluster is told no number of them."""
    return workflow.resource_settings.cores or CONFIG.resources_of("timing").threads
