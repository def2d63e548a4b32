"""Which entries what is selected refers to: only these are checked against each other."""

from dataclasses import dataclass, field

from resound.config.experiments import Recognition
from resound.config.schema import Config
from resound.features import hidden_states


@dataclass
class InUse:
    """The names that selected experiments, benchmarks and studies refer to, known or not."""

    experiments: list[str] = field(default_factory=list)
    corpora: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
    pretrained: set[str] = field(default_factory=set)


def in_use(config: Config) -> InUse:
    """Return the names that matter for this run."""
    used = InUse(experiments=list(config.selected()), corpora=config.corpora_in_use())
    transcriber = config.transcriber if config.audio and not config.model else ""
    if transcriber in config.pretrained:
        used.pretrained.add(transcriber)
    elif transcriber in config.recognitions():
        _add_transcriber(config, transcriber, used)
    for experiment in map(config.experiments.__getitem__, used.experiments):
        used.features.add(experiment.features)
        if pretrained := getattr(experiment.model, "pretrained", None):
            used.pretrained.add(pretrained)
    used.features |= {benchmark.features for benchmark in config.selected_benchmarks().values()}
    for study in config.selected_studies():
        used.features |= {data.features for data in config.own_data_of(study)}
        if pretrained := config.pretrained_of_study(study):
            used.pretrained.add(pretrained)
    _add_models_of_features(config, used)
    return used


def _add_transcriber(config: Config, name: str, used: InUse) -> None:
    """Add what transcription needs: of a fine-tuned model everything that it is trained on."""
    recognition = config.experiments[name]
    assert isinstance(recognition, Recognition)
    if not recognition.train:
        used.pretrained.add(recognition.model.pretrained)
    elif name not in used.experiments:
        used.experiments.append(name)
        used.corpora.add(recognition.corpus)


def _add_models_of_features(config: Config, used: InUse) -> None:
    """Add the pretrained models of features, and the features that these get."""
    waiting = list(used.features)
    while waiting:
        configuration = config.features.get(waiting.pop())
        if isinstance(configuration, hidden_states.Settings):
            waiting += {configuration.of} - used.features
            used.features.add(configuration.of)
        if pretrained := getattr(configuration, "pretrained", None):
            used.pretrained.add(pretrained)
