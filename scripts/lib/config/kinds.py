"""The kinds of demo corpora, features, models, stand-ins and studies that there are.

A new kind is one module, and its name here.
"""

from typing import Annotated

from pydantic import Field

from scripts.lib.demo import (
    digits,
    emotions,
    genres,
    inference,
    languages,
    mandarin,
    persian,
    phonemes,
    speakers,
    tiny_bert,
    tiny_hubert,
    tiny_whisper,
)
from scripts.lib.features import (
    characters,
    hidden,
    logmel,
    melimage,
    mfcc,
    spectral,
    stored,
    tokens,
    waveform,
)
from scripts.lib.features import whisper as whisper_features
from scripts.lib.models import (
    cnn,
    encoder,
    excerpt_cnn,
    frame_mlp,
    gaussian,
    kan,
    layer_probe,
    linear,
    lstm,
    mlp,
    perceptron,
    single_conv,
    tfidf,
)
from scripts.lib.studies import clustering, distances, estimators, gradients, matching, search
from scripts.lib.studies import kan as kan_study

Demo = Annotated[
    digits.Settings
    | emotions.Settings
    | genres.Settings
    | inference.Settings
    | languages.Settings
    | mandarin.Settings
    | persian.Settings
    | phonemes.Settings
    | speakers.Settings,
    Field(discriminator="kind"),
]
Recipe = Annotated[
    mfcc.Settings
    | logmel.Settings
    | melimage.Settings
    | spectral.Settings
    | stored.Settings
    | waveform.Settings
    | whisper_features.Settings
    | characters.Settings
    | tokens.Settings
    | hidden.Settings,
    Field(discriminator="kind"),
]
Model = Annotated[
    perceptron.Settings
    | cnn.Settings
    | excerpt_cnn.Settings
    | single_conv.Settings
    | lstm.Settings
    | frame_mlp.Settings
    | mlp.Settings
    | kan.Settings
    | linear.Settings
    | gaussian.Settings
    | encoder.Settings
    | layer_probe.Settings
    | tfidf.Settings,
    Field(discriminator="kind"),
]
StandIn = Annotated[
    tiny_bert.Settings | tiny_hubert.Settings | tiny_whisper.Settings,
    Field(discriminator="kind"),
]

Study = Annotated[
    clustering.Settings
    | distances.Settings
    | estimators.Settings
    | gradients.Settings
    | kan_study.Settings
    | matching.Settings
    | search.Settings,
    Field(discriminator="kind"),
]
