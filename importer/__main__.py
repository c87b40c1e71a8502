"""Lets `python -m importer` do what the `meeting-importer` command does."""

from importer.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
