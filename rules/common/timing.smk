"""What a timing depends on."""


def timing_input(wildcards):
    corpus = CONFIG.timings[wildcards.timing].corpus
    return {
        "index": f"results/corpora/{corpus}.csv",
        "summary": f"results/corpora/{corpus}.json",
    }


def timing_code(wildcards):
    kind = CONFIG.features[CONFIG.timings[wildcards.timing].features].kind
    return code_version("scripts/timing.py", f"scripts/lib/features/{kind}.py")


def timing_config(wildcards):
    timing = CONFIG.timings[wildcards.timing]
    recipe = CONFIG.recipe(timing.features)
    return stage_config(recipe=recipe, clips=timing.clips, repeats=timing.repeats)
