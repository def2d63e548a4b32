"""Transformers' own words: kept out of the logs where they only repeat themselves."""

import os
import warnings


def quiet_transformers() -> None:
    """No progress bars, no warnings of what is meant so; errors stay."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="transformers")
