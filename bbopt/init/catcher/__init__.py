"""Run by the user's own Python: starts a script, and catches its parser when that is about to read.

    python -B FOLDER_OF_THIS FOLDER file|module TARGET ARGUMENT ...

What the parser knows is written to FOLDER/caught.json, and the process ends before the script does anything
with it; where it never gets there, the reason is.  Files that the script writes on its way are made in
FOLDER, and what it would remove or make elsewhere stays as it is: so much is promised for Python's own
functions.

It imports nothing of bbopt but itself, because that Python may lack what bbopt needs, and is written for
Python 3.7.
"""
