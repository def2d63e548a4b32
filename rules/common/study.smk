"""What a study depends on."""


def study_input(wildcards):
    """What a study works on: of each corpus, features and split the files of a Material."""
    files = [files_of(data) for data in CONFIG.data_of(wildcards.study)]
    return {name: [own[name] for own in files] for name in (files[0] if files else ())}


def study_code(wildcards):
    used = [f"resound/studies/{CONFIG.studies[wildcards.study].kind}/__init__.py"]
    if experiment := CONFIG.experiment_of(wildcards.study):
        used.append(kind_path(experiment['model'].kind))
    return code_version("scripts/study.py", *used)


def study_config(wildcards):
    experiment = CONFIG.experiment_of(wildcards.study)
    return stage_config(
        study=CONFIG.studies[wildcards.study],
        data=[asdict(data) for data in CONFIG.data_of(wildcards.study)],
        **({"experiment": experiment} if experiment else {}),
    )
