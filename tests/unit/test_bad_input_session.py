"""What `ray_session` is told wrongly, it refuses at once, before it starts anything."""

import socket
import time

import pytest
from pbt_examples import Watchdog, ray_session


@pytest.mark.parametrize("slots", [0, -1, 1.5, "2", None, float("nan"), float("inf")])
def test_slots_must_be_a_positive_integer(slots):
    with pytest.raises(ValueError, match=r"slots.*got"), ray_session(slots=slots):
        pass


@pytest.mark.parametrize(
    "address", ["ray://127.0.0.1:10001", "127.0.0.1", "head:", ":1", ""]
)
def test_the_address_must_be_host_and_port(monkeypatch, address):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ValueError, match=r"RAY_ADDRESS must be host:port"), ray_session():
        pass


def test_an_address_where_nobody_listens_is_refused_soon(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        started = time.monotonic()
        with pytest.raises(ConnectionError, match=f"{address}.*unset"), ray_session():
            pass
        assert time.monotonic() - started < 30


@pytest.mark.parametrize("patience", [0, -1, float("nan")])
def test_patience_must_be_positive(patience):
    with pytest.raises(ValueError, match=r"patience.*got"):
        Watchdog(patience=patience)
