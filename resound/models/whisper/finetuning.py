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
    """The clips of a part and the target text of each."""

    def __init__(
        self,
        recogniser: Recogniser,
        features: Features,
        items: NDArray[np.intp],
        texts: Sequence[str],
        decode: Decode,
    ) -> None:
        """Take `items` of `features`; an item whose text is too long is skipped and logged.

        Raises UserError if every text is too long for the decoder.
        """
        assert decode.language is not None
        self._features, self._frames = features, recogniser.configuration.frames
        self._items: list[int] = []
        self._labels: list[list[int]] = []
        longest = recogniser.model.config.max_target_positions
        for item, text in zip(items, texts, strict=True):
            tokens = labels(recogniser.tokenizer, decode.language, decode.task, text)
            if len(tokens) > longest:
                print(
                    f"skipped, because its text has {len(tokens)} tokens, and the decoder takes"
                    f" {longest}; cut the recording into shorter ones: {text}"
                )
                continue
            self._items.append(int(item))
            self._labels.append(tokens)
        if not self._items and len(items):
            raise UserError(
                f"each of the {len(items)} texts has more tokens than the {longest} that the"
                " decoder takes: cut the recordings and their texts into shorter ones"
            )

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, n: int) -> dict[str, Any]:
        rows = self._features.clip(self._items[n])
        return {
            "input_features": whisper.padded(rows, self._frames),
            "labels": self._labels[n],
        }


@dataclass(frozen=True)
class Result:
    """The result of a fine-tuning, besides the model."""

    history: list[dict[str, float]]
    """One row per evaluation: epoch, loss, validation_loss, validation_wer."""
    parameters: int
    """Number of trainable parameters."""
    precision: Precision
    """The precision in which it was trained."""


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
) -> Result:
    """Fine-tune `recogniser` in place; it ends as the model that `training.checkpoint` names.

    Resumes after the last complete checkpoint in `checkpoints`, with the same result. Raises
    UserError if the validation part would never be evaluated.
    """
    torch.set_num_threads(training.threads)
    steps = training.epochs * -(-len(train) // training.batch_size)
    if (training.evaluate_every or 1) > steps:
        raise UserError(
            f"`evaluate_every: {training.evaluate_every}` is never reached in {steps} steps"
        )
    precision = _precision(training, recogniser.device)
    precision.set_up()
    torch.manual_seed(seed)
    network = _prepare(recogniser.model, model)
    # Saved with the model: the task and language for which it was fine-tuned.
    generation = recogniser.model.generation_config
    generation.language, generation.task = decode.language, decode.task
    trainer = Seq2SeqTrainer(
        model=network,
        args=_arguments(training, decode, seed, checkpoints, precision),
        train_dataset=train,
        eval_dataset=validation,
        data_collator=_collate,
        compute_metrics=lambda output: _word_error_rate(recogniser.tokenizer, output),
        callbacks=[_ProgressCallback(progress, training.epochs)],
    )
    trainer.remove_callback(PrinterCallback)
    last = _last_complete(checkpoints)
    if last:
        progress(f"resumes after step {last.name.split('-')[1]}")
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    if model.adapters:
        recogniser.model = network.merge_and_unload()
    recogniser.model.eval()
    return Result(_history(trainer.state.log_history), parameters, precision)


def _precision(training: FineTuning, device: str) -> Precision:
    """Return the precision of `training`; the trainer scales losses, so float16 is allowed."""
    precision: Literal["single", "mixed"] = "mixed" if training.precision == "half" else "single"
    return Precision(device, precision, training.deterministic, scaled=True)


def _prepare(network: Any, model: Whisper) -> Any:
    """Return the network with its frozen parts frozen, and with adapters if it has any."""
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
    strategy = "steps" if training.evaluate_every else "epoch"
    every = training.evaluate_every or 1
    keep_best = training.checkpoint == "best_validation"
    return Seq2SeqTrainingArguments(
        output_dir=str(checkpoints),
        learning_rate=training.learning_rate,
        num_train_epochs=training.epochs,
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=decode.batch_size,
        bf16=precision.type == torch.bfloat16,
        fp16=precision.type == torch.float16,
        activation_checkpointing=on_gpu and training.gradient_checkpointing,
        eval_strategy=strategy,
        eval_steps=every,
        save_strategy=strategy,
        save_steps=every,
        logging_strategy=strategy,
        logging_steps=every,
        save_total_limit=1,
        load_best_model_at_end=keep_best,
        metric_for_best_model="wer" if keep_best else None,
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


def _collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Return a batch: windows (items, mels, frames), and labels padded with an ignored label."""
    images = np.stack([example["input_features"] for example in examples])
    labels = [torch.tensor(example["labels"]) for example in examples]
    padded = torch.nn.utils.rnn.pad_sequence(labels, True, IGNORED)
    return {"input_features": torch.from_numpy(images), "labels": padded}


def _word_error_rate(tokenizer: Any, output: Any) -> dict[str, float]:
    """Return the word error rate of the generated texts, without normalisation."""
    import jiwer

    def texts(tokens: NDArray[np.int64]) -> list[str]:
        filled = np.where(tokens < 0, tokenizer.eos_token_id, tokens)
        return [text.strip() for text in tokenizer.batch_decode(filled, skip_special_tokens=True)]

    return {"wer": float(jiwer.wer(texts(output.label_ids), texts(output.predictions)))}


class _ProgressCallback(TrainerCallback):  # type: ignore[misc]
    """Reports the progress of the training."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        self._progress, self._epochs = progress, epochs

    def on_evaluate(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Report the latest evaluation."""
        latest = _history(state.log_history)[-1]
        self._progress(
            f"epoch {latest['epoch']:g}/{self._epochs}: loss {latest['loss']:.4f},"
            f" validation loss {latest['validation_loss']:.4f},"
            f" validation WER {latest['validation_wer']:.4f}"
        )


def _history(log: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return the trainer's log as one row per evaluation."""
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


def _last_complete(checkpoints: Path) -> Path | None:
    """Return the last complete checkpoint: the trainer's state is written last."""
    folders = sorted(checkpoints.glob("checkpoint-*"), key=lambda f: int(f.name.split("-")[1]))
    for folder in reversed(folders):
        try:
            json.loads((folder / "trainer_state.json").read_text())
        except (OSError, json.JSONDecodeError):
            continue
        return folder
    return None
