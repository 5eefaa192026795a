"""Serve the built site on loopback as a static host does: compressed, with a 404 page."""

from __future__ import annotations

import functools
import gzip
import mimetypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TEXT = {".css", ".csv", ".html", ".js", ".json", ".svg", ".txt", ".xml"}


@dataclass
class Pause:
    """Send pages in two parts; the second begins with these bytes, after an event."""

    before: bytes
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(site: Path, *, pause: Pause | None = None) -> Iterator[str]:
    """Serve a folder on a free port for the duration of a block; yield its address."""
    handler = functools.partial(_Handler, site, pause)
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *about: object) -> None:
        """Report errors, except that a browser has left a page."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*about)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # which keeps connections, as hosts do

    def __init__(self, site: Path, pause: Pause | None, *args: object) -> None:
        self._site, self._pause = site, pause
        super().__init__(*args)

    def do_GET(self) -> None:
        file = self._site / unquote(urlsplit(self.path).path).lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        status = HTTPStatus.OK if file.is_file() else HTTPStatus.NOT_FOUND
        if status is HTTPStatus.NOT_FOUND:
            file = self._site / "404.html"
        pause = self._pause if file.suffix == ".html" else None
        compressed = file.suffix in TEXT and not pause
        body = _compressed(file) if compressed else file.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if compressed:
            self.send_header("Content-Encoding", "gzip")
        if status is HTTPStatus.OK:
            self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages does
        self.end_headers()
        if pause:
            first, *_ = body.partition(pause.before)
            self.wfile.write(first)
            pause.over.wait(60)
            body = body[len(first) :]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the tests see what fails."""


@functools.cache
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6)
