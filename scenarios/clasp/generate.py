#!/usr/bin/env python3
"""Writes the instances of this scenario, 20 for training and 20 for testing, into instances/.

The sizes make clasp's default take from hundredths of a second to more than the cutoff.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sat_instances.instance_set import main
from sat_instances.mixture import Sizes, mixture

SIZES = Sizes(
    threshold3_variables=(230, 260),
    threshold5_variables=(52, 58),
    colouring_nodes=(116, 130),
    planted_nodes=(140, 170),
    latin_order=(34, 38),
    cubic_node_pairs=(31, 35),
    quartic_nodes=(29, 32),
    factor_bits=(17, 19),
    pigeon_holes=9,
    pigeon_choices=8,
)

if __name__ == "__main__":
    main(mixture(SIZES), Path(__file__).resolve().parent, __doc__, with_features=False)
