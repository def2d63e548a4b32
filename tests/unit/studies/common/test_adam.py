"""Adam of studies is that of torch."""

import numpy as np
import pytest

from resound.studies.common.adam import Adam


def test_steps_are_those_of_torch():
    import torch

    start = np.random.default_rng(1).normal(size=5)
    ours, reference = (torch.tensor(start, requires_grad=True) for _ in range(2))
    optimizer = Adam([ours], 0.03, 0.5)
    oracle = torch.optim.Adam([reference], 0.03, betas=(0.5, 0.99))
    for _ in range(20):
        optimizer.step((ours**4).sum())
        oracle.zero_grad()
        (reference**4).sum().backward()
        oracle.step()
    assert ours.tolist() == pytest.approx(reference.tolist())
