"""The pure core: no file, socket, clock or environment in here."""
