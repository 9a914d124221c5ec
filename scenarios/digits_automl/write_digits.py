"""Write scikit-learn's handwritten digits as an NPZ file: images of 8x8 pixels, and which digits they are."""

import sys

import numpy as np
from sklearn.datasets import load_digits

images, digits = load_digits(return_X_y=True)
np.savez(sys.argv[1], image=images.reshape(-1, 8, 8, 1), digit=digits)
