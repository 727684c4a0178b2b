"""Every way in which a connection can fail is said in words, shown on real failures of real sockets."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError

from trimtab.gateway import unreachable
from trimtab.gateway.providers import KINDS
from trimtab.gateway.providers.check import check

SECRET = "sk-test-0123456789abcdef"
Meeting = Callable[[socket.socket], None]


@contextmanager
def meeting(meet: Meeting) -> Iterator[int]:
    """Take connections, do with each what `meet` does, and close it; yield the port."""

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with accepted, suppress(OSError):
                meet(accepted)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def said_of(base_url: str) -> str:
    """Return what a check says after the base URL, with a secret that must not be in it."""
    result = check(KINDS["openai_compatible"], base_url, SECRET, {})
    assert (result.ok, result.status) == (False, None)
    assert SECRET not in result.message
    return result.message.removeprefix(f"{base_url} cannot be reached: ")


def test_a_host_name_that_nobody_knows() -> None:
    said = said_of("http://no-such-host.invalid/v1")
    assert said == "its host name was not found; check the spelling and the name server"


def test_a_port_where_nothing_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        said = said_of(f"http://127.0.0.1:{bound.getsockname()[1]}/v1")
    assert said == "its host refused the connection; nothing listens at that port"


def test_a_connection_that_is_closed_without_an_answer() -> None:
    def hang_up(accepted: socket.socket) -> None:
        accepted.recv(1)
        # Closed with the rest unread and no time to linger, the system tells the other side with a reset.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with meeting(hang_up) as port:
        assert said_of(f"http://127.0.0.1:{port}/v1") == "it closed the connection at once"


def test_a_server_that_does_not_speak_tls() -> None:
    def speak_http(accepted: socket.socket) -> None:
        accepted.recv(10_000)
        accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with meeting(speak_http) as port:
        said = said_of(f"https://127.0.0.1:{port}/v1")
    assert said == "it does not speak TLS at that port; should the URL begin with http://?"


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "server.pem"))

    def shake_hands(accepted: socket.socket) -> None:
        with context.wrap_socket(accepted, server_side=True):
            pass

    with meeting(shake_hands) as port:
        said = said_of(f"https://127.0.0.1:{port}/v1")
    assert said == "its TLS certificate is not trusted (UnknownIssuer)"


def test_a_server_that_takes_the_connection_and_says_nothing() -> None:
    def wait(accepted: socket.socket) -> None:
        while accepted.recv(10_000):
            pass

    client = SyncClientBuilder().no_proxy().timeout(timedelta(milliseconds=200)).build()
    with (
        meeting(wait) as port,
        client,
        pytest.raises(PyreqwestError) as failure,
    ):
        client.get(f"http://127.0.0.1:{port}/").build().send()
    assert unreachable.reason(failure.value) == "no answer came in time"
    assert not unreachable.never_connected(failure.value)


def self_signed(path: Path) -> Path:
    """Write a key and a certificate of its own for 127.0.0.1, and return where."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form, cipher = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, cipher)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
