"""The metric in outputs of many styles."""

from __future__ import annotations

import pytest

from bbopt.init import found_metrics, is_larger_better


@pytest.mark.parametrize(
    ("lines", "name", "is_maximised"),
    [
        (["epoch 1 loss: 0.5 acc: 0.9"], "loss", False),
        (["epoch 1 train_loss: 0.5 val_loss: 0.6"], "val_loss", False),
        (["Train Loss: 0.5", "Val Loss: 0.6"], "val_loss", False),
        (["Train Epoch: 1 Loss: 0.5", "Test set: Average loss: 0.6, Accuracy: 90/100 (90%)"], "loss", False),
        (["accuracy 0.93"], "accuracy", True),
        (
            ["Accuracy of the network is 93 %", "Cross-validation accuracy is 0.91"],
            "cross-validation_accuracy",
            True,
        ),
        (["15/15 - 1s - loss: 0.3 - accuracy: 0.9 - val_loss: 0.4 - val_accuracy: 0.8"], "val_loss", False),
        (['{"epoch": 3, "val_f1": 0.8}'], "val_f1", True),
        (["{'eval_loss': 0.7, 'eval_runtime': 2.1, 'epoch': 3.0}"], "eval_loss", False),
        (["val_acc: \x1b[32m0.8\x1b[0m"], "val_acc", True),
        (["validation error: 0.034", "test error: 0.05"], "validation_error", False),
        (["validation error: 0.034"], "error", False),
        (["rmse\t0.5"], "rmse", False),
        (["loss: tensor(0.25)"], "loss", False),
        (["2026-01-01 12:00:00,123 INFO eval_loss: 0.5"], "eval_loss", False),
        (["throughput of nothing", "objective value = 3.5"], "value", False),
        (["mean reward: 17.5"], "reward", True),
    ],
)
def test_the_likeliest(lines: list[str], name: str, is_maximised: bool) -> None:
    first = found_metrics(lines)[0]
    assert (first.name, first.is_maximised) == (name, is_maximised)


@pytest.mark.parametrize(
    "lines",
    [[], ["done"], ["epoch: 3 lr: 0.1 time: 2.5s"], ["Namespace(loss=0.1, acc=3)"], ["loss: unknown"]],
)
def test_nothing_to_optimise(lines: list[str]) -> None:
    assert found_metrics(lines) == []


def test_a_pattern_where_one_name_stands_for_two_things() -> None:
    first = found_metrics(["Train Loss: 0.5, Val Loss: 0.6"])[0]
    assert (first.name, first.pattern) == ("val_loss", r"\bVal\s+Loss[\"']?\s*[:=]\s*(\S+)")
    assert found_metrics(["val_loss: 0.6"])[0].pattern == ""


def test_directions() -> None:
    assert is_larger_better("val_acc")
    assert is_larger_better("roc_auc")
    assert not is_larger_better("accuracy_loss")
    assert not is_larger_better("x")
