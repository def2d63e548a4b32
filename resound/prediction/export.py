"""A trained model as a folder of its own, which others can use without this project's results."""

import shutil
from pathlib import Path
from typing import Any

from resound.errors import UserError
from resound.io.files import read_json
from resound.models.common.saved_model import DESCRIPTION, SavedModel, load_model


def export_model(model: Path, folder: Path, pretrained: Path | None) -> list[str]:
    """Copy the model of a run to `folder`, and add it in open formats; return which.

    Networks on features are added as `onnx`; a text classifier that is BERT with one dense layer is
    written as transformers' `BertForSequenceClassification` (`bert`), with its tokenizer, for which
    `pretrained` is the folder of the pretrained model. A Whisper model is in transformers' format
    already (`whisper`).
    """
    shutil.copytree(model, folder, dirs_exist_ok=True)
    if not (model / DESCRIPTION).is_file():
        return ["whisper"]
    description, formats = read_json(model / DESCRIPTION), set[str]()
    for fold in description["folds"]:
        saved = load_model(model, fold)
        own = folder / fold if (model / fold).is_dir() else folder
        formats |= {kind for kind, add in _FORMATS.items() if add(saved, own, pretrained)}
    return sorted(formats)


def _add_onnx(saved: SavedModel, folder: Path, pretrained: Path | None) -> bool:
    from resound.models.common.onnx_export import export_onnx

    try:
        export_onnx(saved, folder / "model.onnx")
    except UserError:
        return False
    return True


def _add_bert(saved: SavedModel, folder: Path, pretrained: Path | None) -> bool:
    network: Any = getattr(saved.learner, "network", None)
    if saved.configuration["kind"] != "tokens" or pretrained is None or network is None:
        return False
    from resound.models.encoder.sequence_classifier import is_bert_classifier, save_bert_classifier

    if not is_bert_classifier(network):
        return False
    longest = saved.configuration["longest"]
    save_bert_classifier(network, saved.classes, longest, pretrained, folder)
    return True


_FORMATS = {"onnx": _add_onnx, "bert": _add_bert}
