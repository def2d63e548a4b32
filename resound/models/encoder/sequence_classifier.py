"""Text classifiers as transformers' own: `pipeline("text-classification", ...)` loads them."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from resound.models.encoder.backbone import open_tokenizer
from resound.models.encoder.classifier import Classifier


def is_bert_classifier(classifier: Classifier) -> bool:
    """Return whether the network is that of `BertForSequenceClassification`.

    It is BERT with its pooler, dropout, and one dense layer, without pruned heads.
    """
    config = classifier.encoder.config
    only_dense = [type(layer) for layer in classifier.head] == [nn.Dropout, nn.Linear]
    pruned = getattr(config, "resound_pruned_heads", None)
    return config.model_type == "bert" and classifier.pool == "pooler" and only_dense and not pruned


def save_bert_classifier(
    classifier: Classifier, classes: Sequence[str], longest: int, tokenizer: Path, folder: Path
) -> None:
    """Write a classifier as `BertForSequenceClassification`, with its tokenizer.

    `tokenizer` is the folder of the pretrained model, and `longest` the number of tokens at which
    texts are truncated. `resound.load` reads what is written, too.
    """
    from transformers import BertForSequenceClassification

    config = classifier.encoder.config
    config.id2label = dict(enumerate(classes))
    config.label2id = {name: n for n, name in enumerate(classes)}
    config.classifier_dropout = classifier.head[0].p
    config.problem_type = "single_label_classification"
    model = BertForSequenceClassification(config)
    model.bert, model.classifier = classifier.encoder, classifier.head[1]
    model.save_pretrained(folder)
    saved = open_tokenizer(tokenizer)
    saved.model_max_length = longest
    saved.save_pretrained(folder)
