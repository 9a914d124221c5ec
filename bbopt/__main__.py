"""`python -m bbopt`."""

from bbopt.cli.main import main

if __name__ == "__main__":
    main()
