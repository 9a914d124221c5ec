"""Metrics by a logger, on standard error; negative and odd defaults."""

import argparse
import logging

logger = logging.getLogger("train")
ap = argparse.ArgumentParser()
ap.add_argument("--shift", type=float, default=-0.5)  #: shift real -0.5
ap.add_argument("--bound", type=float, default=float("inf"))  #: bound real inf
ap.add_argument("--patience", type=int, default=10)  #: patience integer 10
ap.add_argument("--rank", type=int, default=8, help="of the matrices")  #: rank integer 8
ap.add_argument("--lora_alpha", type=int, default=32)  #: lora_alpha integer 32
ap.add_argument("--num_train_epochs", type=float, default=3.0)  #: num_train_epochs real 3.0
ap.add_argument(
    "--per_device_train_batch_size", type=int, default=4
)  #: per_device_train_batch_size integer 4
ap.add_argument("--max_grad_norm", type=float, default=1.0)  #: max_grad_norm real 1.0
ap.add_argument(
    "--lr_scheduler_type", default="linear", choices=["linear", "cosine"]
)  #: lr_scheduler_type choice linear linear|cosine
args = ap.parse_args()
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
logger.info("eval_loss: %.4f", abs(args.shift) + 1 / args.lora_alpha)
