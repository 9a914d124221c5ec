"""Earlier searches' runs: gone on with, learnt from, merged."""
