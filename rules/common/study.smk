"""What a study depends on."""


def study_input(wildcards):
    """What a study works on: of each corpus, features and split the files of a Material."""
    needed = {"index": [], "summary": [], "parts": [], "matrix": [], "offsets": []}
    for data in CONFIG.data_of(wildcards.study):
        features = f"results/features/{data.corpus}/{data.features}"
        needed["index"].append(f"results/corpora/{data.corpus}.csv")
        needed["summary"].append(f"results/corpora/{data.corpus}.json")
        needed["parts"].append(f"results/splits/{data.corpus}/{data.split}.csv")
        needed["matrix"].append(f"{features}/matrix.npy")
        needed["offsets"].append(f"{features}/offsets.npy")
    return {name: files for name, files in needed.items() if files}


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
