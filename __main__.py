"""`python -m mihakk` is `mihakk`."""

from .cli import main

if __name__ == "__main__":
    main()
