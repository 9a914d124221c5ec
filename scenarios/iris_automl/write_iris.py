"""Write scikit-learn's iris data as a CSV file: id, attributes as an array, class."""

import csv
import sys

from sklearn.datasets import load_iris

data = load_iris()
with open(sys.argv[1], "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "attributes", "class_text"])
    for number, (attributes, target) in enumerate(zip(data.data.tolist(), data.target, strict=True), start=1):
        writer.writerow([number, attributes, f"Iris-{data.target_names[target]}"])
