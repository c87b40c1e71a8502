"""Serves the sandbox until somebody ends it."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from importer.sandbox import APP_TOKEN, Sandbox, serve

if TYPE_CHECKING:
    from pathlib import Path


def serve_forever(port: int, store: Path | None) -> None:
    """Serve until Ctrl-C, the address on stdout so that a script can read it. Raise UsageError: port taken."""
    try:
        with Sandbox(store=store) as app, serve(app, port) as url:
            click.echo(url)
            click.echo(f"Use it with: --graph-url {url} and MEETING_IMPORTER_ACCESS_TOKEN={APP_TOKEN}", err=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    except OSError as error:
        raise click.UsageError(f"Port {port} can't be used ({error.strerror}). Choose another with --port.") from error
