"""Training loop of the demo models: AdamW, a one-cycle learning rate and gradient clipping."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress

if TYPE_CHECKING:
    import torch


def train(
    parameters: "Iterable[torch.nn.Parameter]",
    losses: "Iterable[torch.Tensor]",
    steps: int,
    peak_learning_rate: float,
    name: str,
    progress: Progress,
) -> None:
    """Minimise `losses`, one per step, with respect to the trainable ones of `parameters`.

    `losses` yields `steps` tensors, and each is requested only after the previous update. The
    learning rate rises to its peak during the first tenth of the steps and decays to zero along a
    cosine. Every 50 steps, and after the last, `progress` receives the loss of the model `name`.
    """
    import torch

    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, peak_learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, peak_learning_rate, steps, pct_start=0.1
    )
    for step, loss in enumerate(losses, 1):
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == steps:
            progress(f"{name}, step {step}/{steps}: loss {loss.item():.3f}")
