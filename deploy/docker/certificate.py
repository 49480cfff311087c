"""A certificate for the demonstration's token issuer: the APIs ask it over TLS, as they ask a real provider.

It signs itself and nothing else: its private key lies with the issuer alone, and whoever trusts it trusts one name.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.clock import Clock, SystemClock

# The issuer's name in the containers' networks (docker-compose.yml).
LOGIN_HOST: Final = "login"
VALID_FOR: Final = timedelta(days=3650)


def new_certificate(host: str, clock: Clock | None = None) -> str:
    """A fresh private key and the certificate for ``host``, both in one PEM text."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    public = key.public_key()
    now = (clock or SystemClock()).now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode() + certificate.public_bytes(serialization.Encoding.PEM).decode()


def trusted_with(tls: str) -> str:
    """The public authorities and the certificate in ``tls``, without its key: a file for SSL_CERT_FILE."""
    certificate = x509.load_pem_x509_certificate(tls.encode()).public_bytes(serialization.Encoding.PEM).decode()
    return f"{Path(certifi.where()).read_text(encoding='utf-8').rstrip()}\n\n{certificate}"
