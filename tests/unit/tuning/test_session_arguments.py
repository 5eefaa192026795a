"""`ray_session` refuses wrong arguments at once, before it starts anything."""

import socket
import socketserver
import threading
import time
from contextlib import suppress

import pytest
from pbt_examples.tuning import Watchdog, ray_session, session
from pbt_examples.tuning.session import MOST_SLOTS


@pytest.mark.parametrize("slots", [1.5, "2", None, True, float("nan"), float("inf")])
def test_slots_must_be_an_integer(slots):
    with pytest.raises(TypeError, match=r"slots must .*, got"), ray_session(slots=slots):
        pass


@pytest.mark.parametrize("slots", [0, -1, MOST_SLOTS + 1, 10**9])
def test_slots_are_limited_to_what_a_machine_can_start(slots):
    with pytest.raises(ValueError, match=r"slots must .*, got"), ray_session(slots=slots):
        pass


@pytest.mark.parametrize(
    "address",
    ["ray://127.0.0.1:10001", "127.0.0.1", "head:", ":1", "", "head:²", "head:65536"],
)
def test_the_address_must_be_host_and_port(monkeypatch, address):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ValueError, match=r"RAY_ADDRESS must be host:port"), ray_session():
        pass


def assert_refused_soon(address):
    started = time.monotonic()
    with pytest.raises(ConnectionError, match=f"{address}.*unset"), ray_session():
        pass
    assert time.monotonic() - started < 30


def test_an_address_where_nobody_listens_is_refused_soon(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        assert_refused_soon(address)


def test_a_host_that_does_not_exist_is_refused_soon(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "no-such-host.invalid:6379")
    assert_refused_soon("no-such-host.invalid:6379")


class Silent(socketserver.BaseRequestHandler):
    """Accept any connection, and say nothing for longer than anybody should wait."""

    def handle(self):
        self.request.settimeout(60)
        with suppress(OSError):
            while self.request.recv(100):
                pass


class AnotherProtocol(Silent):
    """Speak first, as a mail server does."""

    def handle(self):
        self.request.sendall(b"220 mail.example\r\n")


@pytest.mark.parametrize("listener", [Silent, AnotherProtocol])
def test_an_address_where_something_else_listens_is_refused_soon(monkeypatch, listener):
    assert session._ANSWER_SECONDS == 10
    monkeypatch.setattr(session, "_ANSWER_SECONDS", 0.2)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), listener) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        assert_refused_soon(address)
        server.shutdown()


@pytest.mark.parametrize("patience", [0, -1, float("nan")])
def test_patience_must_be_positive(patience):
    with pytest.raises(ValueError, match=r"patience.*got"):
        Watchdog(patience=patience)
