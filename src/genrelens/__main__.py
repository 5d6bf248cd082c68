"""`python -m genrelens` is the command line."""

from genrelens.cli import main

if __name__ == "__main__":
    main()
