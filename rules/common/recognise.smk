"""What recognition depends on."""


def recognise_input(wildcards):
    """What a model is asked about, and the model: as it came, or as it was tuned."""
    if wildcards.experiment not in TUNED:
        return finetune_input(wildcards)
    run = f"results/runs/{wildcards.experiment}/{wildcards.seed}"
    tuned = f"{run}/model/model.safetensors"
    return {
        **train_input(wildcards),
        "tuned": tuned,
        "training": f"{run}/training.json",
    }


def recognise_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    configuration = CONFIG.feature_configuration(experiment.features)
    return stage_config(configuration=configuration, decode=experiment.decode)


def transcribe_input(wildcards):
    """The recording, and the model that is to hear it: tuned, or as it came."""
    if not CONFIG.audio:
        raise WorkflowError("say which recording: --config audio=<file>")
    name, needed = CONFIG.transcriber, {"audio": CONFIG.audio}
    if name in TUNED:
        tuned = f"results/runs/{name}/{CONFIG.seeds[0]}/model/model.safetensors"
        return {**needed, "tuned": tuned}
    if name in CONFIG.experiments:
        name = CONFIG.experiments[name].model.pretrained
    return {**needed, "source": source_of_model(name)}
