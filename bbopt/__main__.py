"""`python -m bbopt`."""

import sys

from bbopt.isolated_python import search_path

if __name__ == "__main__":
    sys.path[:] = search_path()  # the current folder is first; the command `bbopt` looks for no modules there
    from bbopt.cli.main import main

    main()
