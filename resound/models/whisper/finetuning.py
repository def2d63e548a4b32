"""Fine-tuning a Whisper model with transformers' `Seq2SeqTrainer`."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
)

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import whisper
from resound.models.whisper.model import Recogniser
from resound.models.whisper.prompts import IGNORED, labels
from resound.models.whisper.settings import Decode, FineTuning, Whisper
from resound.runtime.progress import Progress
from resound.training.precision import Precision


class Utterances(torch.utils.data.Dataset[dict[str, Any]]):
    """The clips of a part and what is to be written for each."""

    def __init__(
        self,
        recogniser: Recogniser,
        features: Features,
        items: NDArray[np.intp],
        texts: Sequence[str],
        decode: Decode,
    ) -> None:
        """`items` are clips of `features`; too long a text of `texts` is left out, and told."""
        assert decode.language is not None
        self._features, self._frames = features, recogniser.configuration.frames
        self._items: list[int] = []
        self._labels: list[list[int]] = []
        longest = recogniser.model.config.max_target_positions
        for item, text in zip(items, texts, strict=True):
            tokens = labels(recogniser.tokenizer, decode.language, decode.task, text)
            if len(tokens) > longest:
                print(f"left out, for it has {len(tokens)} tokens, {longest} at most: {text}")
                continue
            self._items.append(int(item))
            self._labels.append(tokens)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, n: int) -> dict[str, Any]:
        rows = self._features.clip(self._items[n])
        return {
            "input_features": whisper.padded(rows, self._frames),
            "labels": self._labels[n],
        }


@dataclass(frozen=True)
class Tuned:
    """What came of a fine-tuning, besides the model."""

    history: list[dict[str, float]]
    """A row a look at the validation part: epoch, loss, validation_loss, validation_wer."""
    parameters: int
    """Trainable numbers."""
    precision: Precision
    """What it was reckoned in."""


def tune(
    recogniser: Recogniser,
    model: Whisper,
    decode: Decode,
    training: FineTuning,
    train: Utterances,
    validation: Utterances,
    seed: int,
    checkpoints: Path,
    progress: Progress,
) -> Tuned:
    """Tune `recogniser` in place; it ends as the best model of the validation part.

    Goes on after the last whole checkpoint in `checkpoints`, with the same result. Raises
    UserError where there is never a look at the validation part.
    """
    torch.set_num_threads(training.threads)
    steps = training.epochs * -(-len(train) // training.batch_size)
    if (training.evaluate_every or 1) > steps:
        raise UserError(f"`evaluate_every: {training.evaluate_every}` is never in {steps} steps")
    precision = _arithmetic(training, recogniser.device)
    precision.set_up()
    torch.manual_seed(seed)
    network = _prepared(recogniser.model, model)
    # Saved with the model, so that it needs not be told again what it was tuned for.
    generation = recogniser.model.generation_config
    generation.language, generation.task = decode.language, decode.task
    trainer = Seq2SeqTrainer(
        model=network,
        args=_arguments(training, decode, seed, checkpoints, precision),
        train_dataset=train,
        eval_dataset=validation,
        data_collator=_collated,
        compute_metrics=lambda told: _word_errors(recogniser.tokenizer, told),
        callbacks=[_Teller(progress, training.epochs)],
    )
    trainer.remove_callback(PrinterCallback)
    last = _last_whole(checkpoints)
    if last:
        progress(f"goes on after step {last.name.split('-')[1]}")
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    if model.adapters:
        recogniser.model = network.merge_and_unload()
    recogniser.model.eval()
    return Tuned(_history(trainer.state.log_history), parameters, precision)


def _arithmetic(training: FineTuning, device: str) -> Precision:
    """As `training` says; the trainer scales losses, so that float16 will do too."""
    precision: Literal["single", "mixed"] = "mixed" if training.precision == "half" else "single"
    return Precision(device, precision, training.deterministic, scaled=True)


def _prepared(network: Any, model: Whisper) -> Any:
    """The network with what is frozen frozen, and adapters where it has some."""
    if model.freeze == "encoder":
        network.freeze_encoder()
    if not model.adapters:
        return network
    from peft import LoraConfig, get_peft_model

    adapters = model.adapters
    return get_peft_model(
        network,
        LoraConfig(
            r=adapters.rank,
            lora_alpha=adapters.alpha,
            lora_dropout=adapters.dropout or 0.0,
            target_modules=adapters.modules,
        ),
    )


def _arguments(
    training: FineTuning, decode: Decode, seed: int, checkpoints: Path, precision: Precision
) -> Seq2SeqTrainingArguments:
    on_gpu = precision.device == "cuda"
    look = "steps" if training.evaluate_every else "epoch"
    every = training.evaluate_every or 1
    return Seq2SeqTrainingArguments(
        output_dir=str(checkpoints),
        learning_rate=training.learning_rate,
        num_train_epochs=training.epochs,
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=decode.batch_size,
        bf16=precision.type == torch.bfloat16,
        fp16=precision.type == torch.float16,
        activation_checkpointing=on_gpu and training.gradient_checkpointing,
        eval_strategy=look,
        eval_steps=every,
        save_strategy=look,
        save_steps=every,
        logging_strategy=look,
        logging_steps=every,
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model="wer",
        greater_is_better=False,
        predict_with_generate=True,
        remove_unused_columns=False,
        label_names=["labels"],
        seed=seed,
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        disable_tqdm=True,
        report_to="none",
    )


def _collated(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """A batch: windows of shape (items, mels, frames), labels padded with what no loss counts."""
    images = np.stack([example["input_features"] for example in examples])
    written = [torch.tensor(example["labels"]) for example in examples]
    padded = torch.nn.utils.rnn.pad_sequence(written, True, IGNORED)
    return {"input_features": torch.from_numpy(images), "labels": padded}


def _word_errors(tokenizer: Any, told: Any) -> dict[str, float]:
    """The word error rate of what was generated, as it stands."""
    import jiwer

    def texts(tokens: NDArray[np.int64]) -> list[str]:
        filled = np.where(tokens < 0, tokenizer.eos_token_id, tokens)
        return [text.strip() for text in tokenizer.batch_decode(filled, skip_special_tokens=True)]

    return {"wer": float(jiwer.wer(texts(told.label_ids), texts(told.predictions)))}


class _Teller(TrainerCallback):  # type: ignore[misc]
    """Tells how far the training is."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        self._announce, self._epochs = progress, epochs

    def on_evaluate(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """After a look at the validation part."""
        seen = _history(state.log_history)[-1]
        self._announce(
            f"epoch {seen['epoch']:g}/{self._epochs}: loss {seen['loss']:.4f},"
            f" validation loss {seen['validation_loss']:.4f},"
            f" validation WER {seen['validation_wer']:.4f}"
        )


def _history(log: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """The trainer's log as a row a look at the validation part."""
    losses = {entry["step"]: entry["loss"] for entry in log if "loss" in entry}
    return [
        {
            "epoch": round(entry["epoch"], 4),
            "loss": losses.get(entry["step"], math.nan),
            "validation_loss": entry["eval_loss"],
            "validation_wer": entry["eval_wer"],
        }
        for entry in log
        if "eval_wer" in entry
    ]


def _last_whole(checkpoints: Path) -> Path | None:
    """The last checkpoint that was written to its end: the trainer's state is its last file."""
    folders = sorted(checkpoints.glob("checkpoint-*"), key=lambda f: int(f.name.split("-")[1]))
    for folder in reversed(folders):
        try:
            json.loads((folder / "trainer_state.json").read_text())
        except (OSError, json.JSONDecodeError):
            continue
        return folder
    return None
