"""A CA of a scheme: certificates of servers and clients, good ones and bad ones, and the list of revoked ones."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
DAY = timedelta(days=1)
_SIGNS = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
"""What a CA's key may be used for: connections, certificates, and lists of those revoked."""


class Issued(NamedTuple):
    """A certificate and its key as files."""

    certificate: Path
    key: Path
    x509: x509.Certificate

    @property
    def pair(self) -> tuple[str, str]:
        """As an HTTP client takes them."""
        return str(self.certificate), str(self.key)


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = folder / f"{name}.pem"
        start = datetime.now(UTC) - DAY
        builder = x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
        builder = builder.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(start).not_valid_after(start + 30 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_SIGNS, critical=True)
        key_id = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        builder = builder.add_extension(key_id, critical=False)
        self.path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(PEM))

    def issue(
        self,
        name: str,
        *,
        usage: x509.ObjectIdentifier = CLIENT,
        dns: tuple[str, ...] = (),
        start: timedelta = -DAY,
        end: timedelta = DAY,
        ca: bool = False,
    ) -> Issued:
        """A certificate of a subject `CN=name,O=Scheme`; `start` and `end` are from now."""
        now = datetime.now(UTC)
        subject = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Scheme"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
        )
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + start).not_valid_after(now + end)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        names: list[x509.GeneralName] = [x509.DNSName(each) for each in dns]
        if usage == SERVER:
            names.append(x509.IPAddress(ip_address("127.0.0.1")))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            builder = builder.add_extension(_SIGNS, critical=True)
        found = builder.sign(self.key, hashes.SHA256())
        stem = f"{self.path.stem}-{name}-{found.serial_number:x}"
        issued = Issued(self.folder / f"{stem}.pem", self.folder / f"{stem}.key", found)
        issued.certificate.write_bytes(found.public_bytes(PEM))
        issued.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return issued

    def revoke(self, path: Path, *issued: Issued) -> Self:
        """Write the list of revoked certificates, at once and whole."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(now - timedelta(minutes=1)).next_update(now + DAY)
        for each in issued:
            revoked = x509.RevokedCertificateBuilder().serial_number(each.x509.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(now - timedelta(minutes=1)).build())
        partial = path.with_suffix(".partial")
        partial.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(PEM))
        partial.rename(path)
        return self
