"""What a study depends on."""


def study_input(wildcards):
    """What a study works on: of each corpus, features and split the files of a Material."""
    files = [files_of(data) for data in CONFIG.data_of(wildcards.study)]
    return {name: [own[name] for own in files] for name in (files[0] if files else ())}


def study_code(wildcards):
    used = [f"scripts/lib/studies/{CONFIG.studies[wildcards.study].kind}.py"]
    if experiment := CONFIG.experiment_of(wildcards.study):
        used.append(f"scripts/lib/models/{experiment['model'].kind}.py")
    return code_version("scripts/study.py", *used)


def study_config(wildcards):
    experiment = CONFIG.experiment_of(wildcards.study)
    return stage_config(
        study=CONFIG.studies[wildcards.study],
        data=[asdict(data) for data in CONFIG.data_of(wildcards.study)],
        **({"experiment": experiment} if experiment else {}),
    )
