"""Jobs as Jobman's users know them: what they write, what a state may hold, what they are shown.

A *job* is an experiment, a Python function that is given a state and a channel, and the *state*: its
settings and, later, its results, in a nested dictionary.  A *flat* state has keys with dots in place of
dictionaries.
"""
