"""The kinds of demo corpora, features, models, demo models and studies.

A new kind is one module, and its name here.
"""

from typing import Annotated

from pydantic import Field

from resound.demo.corpora import (
    digits,
    emotions,
    genres,
    languages,
    mandarin,
    nli,
    persian,
    phonemes,
    speakers,
)
from resound.demo.models import bert, hubert, whisper
from resound.features import (
    characters,
    hidden_states,
    logmel,
    mel_image,
    mfcc,
    precomputed,
    spectral,
    tokens,
    waveform,
)
from resound.features import whisper as whisper_features
from resound.models import (
    cnn,
    cnn_lstm,
    crop_cnn,
    frame_mlp,
    gaussian,
    kan,
    linear,
    linear_probe,
    lstm,
    mlp,
    perceptron,
    single_conv,
    tfidf,
)
from resound.models.encoder import settings as encoder
from resound.studies import (
    architectures,
    clustering,
    distances,
    estimators,
    gradients,
    matching,
    search,
    spline_networks,
    transfer,
)

Demo = Annotated[
    digits.Settings
    | emotions.Settings
    | genres.Settings
    | nli.Settings
    | languages.Settings
    | mandarin.Settings
    | persian.Settings
    | phonemes.Settings
    | speakers.Settings,
    Field(discriminator="kind"),
]
FeatureConfiguration = Annotated[
    mfcc.Settings
    | logmel.Settings
    | mel_image.Settings
    | spectral.Settings
    | precomputed.Settings
    | waveform.Settings
    | whisper_features.Settings
    | characters.Settings
    | tokens.Settings
    | hidden_states.Settings,
    Field(discriminator="kind"),
]
Model = Annotated[
    perceptron.Settings
    | cnn.Settings
    | cnn_lstm.Settings
    | crop_cnn.Settings
    | single_conv.Settings
    | lstm.Settings
    | frame_mlp.Settings
    | mlp.Settings
    | kan.Settings
    | linear.Settings
    | gaussian.Settings
    | encoder.Settings
    | linear_probe.Settings
    | tfidf.Settings,
    Field(discriminator="kind"),
]
DemoModel = Annotated[
    bert.Settings | hubert.Settings | whisper.Settings,
    Field(discriminator="kind"),
]

Study = Annotated[
    architectures.Settings
    | clustering.Settings
    | distances.Settings
    | estimators.Settings
    | gradients.Settings
    | spline_networks.Settings
    | matching.Settings
    | search.Settings
    | transfer.Settings,
    Field(discriminator="kind"),
]
