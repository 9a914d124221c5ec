"""Writes before it reads its arguments: a folder, a log file, a marker that it moves and removes."""

import argparse
import logging
import os
import shutil
import tempfile

os.makedirs("runs/latest", exist_ok=True)
logging.basicConfig(filename="runs/latest/log.txt", level=logging.INFO)
log = logging.getLogger(__name__)
with open("runs/marker", "w") as marker:
    marker.write("here")
assert open("runs/marker").read() == "here"
os.rename("runs/marker", "runs/moved")
shutil.rmtree("runs/nothing", ignore_errors=True)
with tempfile.TemporaryDirectory() as scratch, open(os.path.join(scratch, "x"), "w") as file:
    file.write("x")

parser = argparse.ArgumentParser()
parser.add_argument("--num-leaves", type=int, default=31)  #: num-leaves integer 31
parser.add_argument("--learning-rate", type=float, default=0.05)  #: learning-rate real 0.05
parser.add_argument("--colsample_bytree", type=float, default=1.0)  #: colsample_bytree real 1.0
args = parser.parse_args()
log.info("start")
print("auc: %.4f" % (0.9 - abs(args.learning_rate - 0.02)))
