"""How a small demo model practises: AdamW, its rate rising and falling, gradients of bounded size."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def practise(
    parameters: "Iterable[torch.nn.Parameter]",
    losses: "Iterable[torch.Tensor]",
    steps: int,
    highest: float,
    what: str,
    progress: Callable[[str], None],
) -> None:
    """Let those of `parameters` that can learn lower `losses`, of which each step takes the next.

    There are `steps` of them, each reckoned when it is asked for. The rate rises to `highest` in a
    tenth of the steps and falls to zero along a cosine; how `what` fares is told now and then.
    """
    import torch

    learnt = [weights for weights in parameters if weights.requires_grad]
    optimizer = torch.optim.AdamW(learnt, highest)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, steps, pct_start=0.1)
    for step, loss in enumerate(losses, 1):
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        rate.step()
        if step % 50 == 0 or step == steps:
            progress(f"{what}, step {step}/{steps}: loss {loss.item():.3f}")
