"""Searches whose runs may be short: tasks with learning curves, what runs cost, and who searches."""
