"""A real mail server on a loopback port, that takes, refuses, or dies where a test wants it."""

from __future__ import annotations

import datetime
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = Callable[[str], Awaitable[str | None]]


@dataclass
class Post:
    """What the server has taken. ``at_mail``, ``at_rcpt`` and ``at_data`` may answer for it."""

    mails: list[EmailMessage] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    users: list[str] = field(default_factory=list)
    at_mail: Answer | None = None
    at_rcpt: Answer | None = None
    at_data: Answer | None = None
    port: int = 0

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        refusal = await self.at_mail(address) if self.at_mail else None
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.asked[address] += 1
        refusal = await self.at_rcpt(address) if self.at_rcpt else None
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        refusal = await self.at_data(envelope.rcpt_tos[0]) if self.at_data else None
        if refusal is None:
            self.mails.append(mail)
        return refusal or "250 OK"

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)


class _AnyPort(Controller):
    """Lets the system choose the port, and looks which it is before it tests itself."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(*, tls: tuple[Path, Path] | None = None, password: str | None = None) -> Iterator[Post]:
    """A server; with ``tls`` it demands STARTTLS, with ``password`` a sign-in."""
    post = Post()

    def sign_in(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == (password or "").encode()
        if good:
            post.users.append(data.login.decode())
        return AuthResult(success=good)

    options: dict[str, Any] = {}
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        options |= {"tls_context": context, "require_starttls": True}
    if password:
        options |= {"authenticator": sign_in, "auth_required": True, "auth_require_tls": bool(tls)}
    controller = _AnyPort(post, hostname="127.0.0.1", port=0, **options)
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()


def smtp(post: Post, **changes: Any) -> dict[str, Any]:
    """Settings of the channel smtp."""
    return {
        "channel": "smtp",
        "smtp_host": "localhost",
        "smtp_port": post.port,
        "smtp_security": "none",
        "smtp_sender": "payung@kaltim.example",
        "smtp_timeout_s": 2,
        **changes,
    }


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 and localhost, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
