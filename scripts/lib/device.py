"""Which device a job trains on."""


def device_for(gpus: int) -> str:
    """`cuda` for a job that was given a GPU on a machine that has one, else `cpu`."""
    if not gpus:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
