#!/usr/bin/env python3
"""Writes the instances of this scenario, 20 for training and 20 for testing, into instances/.

The sizes make MiniSat's default take from hundredths of a second to more than the cutoff.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sat_instances.instance_set import main
from sat_instances.mixture import Sizes, mixture

SIZES = Sizes(
    threshold3_variables=(230, 258),
    threshold5_variables=(52, 57),
    colouring_nodes=(112, 126),
    planted_nodes=(110, 150),
    latin_order=(34, 38),
    cubic_node_pairs=(27, 31),
    quartic_nodes=(25, 29),
    factor_bits=(16, 18),
    pigeon_holes=8,
    pigeon_choices=8,
)

if __name__ == "__main__":
    main(mixture(SIZES), Path(__file__).resolve().parent, __doc__, with_features=True)
