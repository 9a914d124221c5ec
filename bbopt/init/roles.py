"""What arguments are for that no search should change, by their names."""

from __future__ import annotations

from bbopt.init.arguments import Argument, Kind
from bbopt.init.ranges import name_words

__all__ = ["BUDGET", "SEED", "reason_to_keep"]

SEED = "the random seed"
BUDGET = "how long it trains"

_LENGTHS = frozenset(
    {"epoch", "epochs", "iteration", "iterations", "iters", "iter", "maxiter", "steps", "timesteps"}
    | {"episodes", "generations", "rounds", "updates", "nepoch", "nepochs", "niter", "niters"}
)
_NO_LENGTHS = frozenset(
    {"warmup", "decay", "drop", "lr", "accumulation", "patience", "milestones", "cooldown", "per", "start"}
    | {"save", "log", "logging", "eval", "print", "every", "freq", "frequency", "interval", "first", "early"}
    | {"local", "ema", "sub", "rollout", "diffusion", "annealing", "delay", "lookahead", "critic"}
)
_SEEDS = frozenset({"seed", "rng", "randomseed", "random state", "manualseed"})

_ROLES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "what is shown or logged",
        frozenset(
            {"verbose", "verbosity", "debug", "quiet", "silent", "log", "logs", "logging", "logger", "print"}
            | {
                "progress",
                "tensorboard",
                "wandb",
                "tb",
                "visdom",
                "mlflow",
                "comet",
                "neptune",
                "plot",
                "plots",
            }
            | {
                "show",
                "display",
                "figure",
                "vis",
                "visualize",
                "viz",
                "profile",
                "profiler",
                "tqdm",
                "render",
            }
            | {"interval", "freq", "frequency", "every", "watch", "track", "report", "trace", "summary"}
        ),
    ),
    (
        "the machine",
        frozenset(
            {
                "device",
                "devices",
                "gpu",
                "gpus",
                "ngpu",
                "cuda",
                "cpu",
                "cpus",
                "mps",
                "tpu",
                "worker",
                "jobs",
            }
            | {
                "workers",
                "thread",
                "threads",
                "nthreads",
                "nthread",
                "njobs",
                "process",
                "processes",
                "nproc",
                "rank",
            }
            | {"world", "distributed", "dist", "ddp", "fsdp", "port", "host", "master", "backend", "amp"}
            | {
                "fp16",
                "bf16",
                "half",
                "tf32",
                "apex",
                "compile",
                "torchcompile",
                "jit",
                "prefetch",
                "deepspeed",
            }
            | {"xla", "parallel", "precision", "offload", "gradient checkpointing", "pin memory", "pin mem"}
            | {
                "deterministic",
                "accelerator",
                "accel",
                "memory",
                "dtype",
                "num nodes",
                "noaccel",
                "accelerate",
            }
            | {"channels last", "loss scale", "syncbn", "sync bn"}
        ),
    ),
    (
        "files",
        frozenset(
            {"path", "paths", "dir", "dirs", "directory", "folder", "root", "file", "files", "filename"}
            | {
                "outdir",
                "outfile",
                "outf",
                "save",
                "saving",
                "saver",
                "load",
                "resume",
                "restore",
                "checkpoint",
            }
            | {"checkpoints", "ckpt", "snapshot", "export", "download", "cache", "url", "prefix", "config"}
            | {"cfg", "workspace", "overwrite", "savepath", "logdir", "datadir", "output"}
        ),
    ),
    (
        "what the program does",
        frozenset(
            {"test", "eval", "evaluate", "evaluation", "val", "valid", "validate", "validation", "predict"}
            | {"inference", "infer", "mode", "task", "only", "dry", "demo", "benchmark", "version", "help"}
            | {"list", "push", "hub", "upload", "delete", "clean", "clear", "remove", "force", "reset", "tag"}
            | {"name", "id", "project", "entity", "note", "comment", "experiment", "exp", "job", "smoke"}
            | {"pretrained", "fast dev", "submit", "sweep", "generate", "sample", "train", "yes", "confirm"}
            | {"skip", "start epoch", "phase", "stage"}
        ),
    ),
    (
        "the data",
        frozenset(
            {"data", "dataset", "datasets", "split", "splits", "fold", "folds", "subset", "classes", "vocab"}
            | {
                "env",
                "game",
                "image size",
                "img size",
                "imgsize",
                "input size",
                "input dim",
                "input channels",
            }
            | {"in channels", "inchannels", "num samples", "max samples", "n samples", "train samples", "cv"}
            | {"train size", "test size", "nclass", "nclasses", "crop size", "resolution"}
        ),
    ),
    (
        "when it stops",
        frozenset(
            {"patience", "early stopping", "early stop", "timeout", "time", "earlystop", "earlystopping"}
        ),
    ),
    ("what is measured", frozenset({"metric", "metrics", "criterion", "objective", "scoring", "loss"})),
)
_TUNED_ALL_THE_SAME = {
    "the data": frozenset({"augmentation", "augment", "aug", "min"}),
    "the machine": frozenset({"lora", "lora r"}),
}


_SCHEDULES = frozenset({"milestones", "milestone", "schedule", "lr steps", "steps", "epochs"})


def reason_to_keep(argument: Argument) -> str:
    """Why the argument should keep its value, as a few words; "" where nothing speaks against a search."""
    words = name_words(argument.name) | name_words(argument.flag)
    if argument.kind is Kind.INTEGER and words & _SEEDS:
        return SEED
    if argument.kind.is_number and not argument.is_list and words & _LENGTHS and not words & _NO_LENGTHS:
        return BUDGET
    if argument.is_list and words & _SCHEDULES:
        return "a schedule, whose numbers depend on each other"
    if argument.kind is Kind.CHOICE:
        words -= {"name", "id"}  # of one of several things
    for reason, names in _ROLES:
        if not words & names or words & _TUNED_ALL_THE_SAME.get(reason, frozenset()):
            continue
        if reason == "what is measured" and argument.kind.is_number:
            continue  # a weight, rather
        return reason
    return ""
