"""Networks as ONNX: the same probabilities by onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from resound.errors import UserError
from resound.models.common.onnx_export import example_batch, export_onnx
from resound.models.common.saved_model import load_model
from tests.helpers.trained import CASES, Write, make_trained

NETWORKS = "mlp kan cnn single_conv cnn_lstm gru lstm crop_cnn frame_mlp".split()


@pytest.mark.parametrize("name", NETWORKS)
def test_probabilities_are_those_of_the_network(
    tmp_path: Path, write_clip: Write, name: str
) -> None:
    """For another number of items than the network was traced with, and shorter sequences."""
    trained = make_trained(tmp_path, CASES[name], write_clip)
    saved = load_model(trained.folder / "model")
    export_onnx(saved, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    network = saved.learner.network  # type: ignore[attr-defined]
    for items in (1, 5):
        batch = 3 * example_batch(saved, items)
        if saved.arrangement.settings.arrange == "sequences":
            batch = batch[:, :-2]
            batch[0, -3:] = np.nan  # a shorter clip
        (probabilities,) = session.run(["probabilities"], {"inputs": batch.numpy()})
        with torch.inference_mode():
            expected = network.eval()(batch).softmax(1).numpy()
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)
        assert np.ptp(expected) > 1e-3


@pytest.mark.parametrize("name", ["linear", "encoder of waves", "tfidf"])
def test_other_models_are_not_written(tmp_path: Path, write_clip: Write, name: str) -> None:
    trained = make_trained(tmp_path, CASES[name], write_clip)
    with pytest.raises(UserError, match="only networks"):
        export_onnx(load_model(trained.folder / "model"), tmp_path / "model.onnx")
