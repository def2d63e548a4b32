"""What training and fine-tuning depend on."""


def train_input(wildcards):
    """What an experiment learns from: its corpus' index, its split, its features."""
    experiment = CONFIG.experiments[wildcards.experiment]
    needed = files_of(experiment)
    if has_frame_labels(wildcards.experiment):
        needed["labels"] = needed["matrix"].replace("matrix.npy", "labels.npy")
    if wildcards.experiment in ENCODERS:
        needed["source"] = source_of_model(experiment.model.pretrained)
    return needed


def has_frame_labels(experiment):
    corpus = CONFIG.experiments[experiment].corpus
    return CONFIG.corpora[corpus].alignment is not None


def train_code(wildcards):
    kind = CONFIG.experiments[wildcards.experiment].model.kind
    return code_version("scripts/train.py", kind_path(kind))


def train_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        input=experiment.input,
        model=experiment.model,
        train=CONFIG.training_of(experiment),
        exclude_classes=split_of(wildcards.experiment).exclude_classes,
    )


def train_threads(wildcards):
    return CONFIG.experiments[wildcards.experiment].train.threads


def train_gpus(wildcards):
    """None for models that have no use for one."""
    model = CONFIG.experiments[wildcards.experiment].model
    return CONFIG.resources_of("train").gpu * int(model.gpu)


def finetune_input(wildcards):
    """What a model is tuned on, and the model as it came."""
    experiment = CONFIG.experiments[wildcards.experiment]
    source = source_of_model(experiment.model.pretrained)
    return {**train_input(wildcards), "source": source}


def finetune_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        configuration=CONFIG.feature_configuration(experiment.features),
        model=experiment.model,
        decode=experiment.decode,
        train=CONFIG.training_of(experiment),
    )
