"""PBT on the ``Trainer`` of Transformers, with a small new model."""

import os
import tempfile
from pathlib import Path

import torch
import transformers
from pbt_examples.tuning import PopulationBasedTraining, run_experiment
from ray import tune

WORDS, LENGTH = 16, 8


# [trainable]
class FromConfig(transformers.TrainerCallback):
    """Write the configuration into the optimizer, and report to Tune."""

    def __init__(self, config):
        self.config = config

    def on_train_begin(
        self, args, state, control, optimizer, lr_scheduler, **kwargs
    ):
        # Both are restored by now, with the donor's learning rate.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] = self.config["lr"]
        lr_scheduler.base_lrs = [
            self.config["lr"] for _ in lr_scheduler.base_lrs
        ]

    def on_step_begin(self, args, state, control, optimizer, **kwargs):
        self.applied_lr = optimizer.param_groups[0]["lr"]

    def on_save(self, args, state, control, **kwargs):
        # The evaluation of this epoch is the last entry of the log.
        metrics = {
            "loss": state.log_history[-1]["eval_loss"],
            "applied_lr": self.applied_lr,
        }
        folder = Path(args.output_dir, f"checkpoint-{state.global_step}")
        checkpoint = tune.Checkpoint.from_directory(folder)
        tune.report(metrics, checkpoint=checkpoint)


def train(config):
    transformers.logging.set_verbosity_error()
    transformers.set_seed(0)
    shape = transformers.BertConfig(
        vocab_size=WORDS,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
    )
    model = transformers.BertForSequenceClassification(shape)
    with tempfile.TemporaryDirectory() as output:
        trainer = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                output_dir=output,
                learning_rate=config["lr"],
                lr_scheduler_type="constant",  # PBT makes the schedule
                eval_strategy="epoch",
                save_strategy="epoch",
                save_total_limit=1,  # Tune has copied the others
                num_train_epochs=1000,  # Tune ends it
                per_device_train_batch_size=16,
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
            ),
            train_dataset=sentences(128, seed=0),
            eval_dataset=sentences(128, seed=1),
            callbacks=[FromConfig(config)],
        )
        checkpoint = tune.get_checkpoint()
        if checkpoint:
            with checkpoint.as_directory() as folder:
                trainer.train(resume_from_checkpoint=folder)
        else:
            trainer.train()


# [data]
def sentences(number, *, seed):
    """Return sentences of numbers, and whether most of each are large."""
    generator = torch.Generator().manual_seed(seed)
    words = torch.randint(WORDS, (number, LENGTH), generator=generator)
    large = ((words >= WORDS // 2).sum(dim=1) > LENGTH // 2).long()
    return [
        {"input_ids": one, "labels": of}
        for one, of in zip(words, large, strict=True)
    ]


# [run]
def main():
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return run_experiment(
        train,
        {"lr": tune.loguniform(1e-5, 1e-2)},
        num_samples=4,
        scheduler=PopulationBasedTraining(
            time_attr="training_iteration",
            perturbation_interval=2,
            hyperparam_mutations={"lr": tune.loguniform(1e-5, 1e-2)},
            synch=True,
        ),
        metric="loss",
        mode="min",
        iterations=6,
        slots=2,
    )


if __name__ == "__main__":
    print(main().compare_applied())
