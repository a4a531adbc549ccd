"""TLS of the hub's own ports (its certificate, the CA of the scheme's clients, their revocation list) and of its calls.

The files are looked at again at each handshake, so that a renewed certificate or list counts from the next connection
on. What a client's certificate is called is read once a connection (`NamedProtocol`).
"""

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from switch.http_guard import GuardedProtocol
from switch.identity import CERTIFICATES

log = logging.getLogger("isoloop.tls")

_OIDS: Final = x509.oid.ExtensionOID


class TlsError(ValueError):
    """The TLS files cannot be used; the text says why."""


class TlsFiles(msgspec.Struct, frozen=True):
    """Paths of PEM files. With `client_ca` only clients with a certificate of it get in; `crl` may revoke these."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    crl: Path | None = None

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever a file does."""
        paths = (self.certificate, self.key, self.client_ca, self.crl)
        return tuple(path.stat().st_mtime_ns for path in paths if path is not None)


class Tls:
    """The server side of TLS 1.2 and 1.3."""

    def __init__(self, files: TlsFiles) -> None:
        """Raises TlsError if a file is missing or wrong."""
        self._files = files
        try:
            self._stamp = files.stamp()
            self._newest = _context(files)
            self.context = _context(files)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(f"TLS: {error}; see tls_certificate, tls_key, tls_client_ca, tls_client_crl") from error
        # The server keeps the context it was started with: each handshake is given the newest one instead.
        self.context.sni_callback = self._renew

    def _renew(self, handshake: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _old: ssl.SSLContext) -> None:
        try:
            stamp = self._files.stamp()
            if stamp != self._stamp:
                self._newest, self._stamp = _context(self._files), stamp
                log.info("TLS files were read anew")
        except (OSError, ssl.SSLError):
            log.exception("TLS files cannot be read anew; those before stay in force")
        handshake.context = self._newest


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    if files.client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files.client_ca)
    if files.crl is not None:
        context.load_verify_locations(files.crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


class ClientTls:
    """The client side of TLS 1.2 and 1.3: what the hub shows when it calls participants, and whom it trusts.

    Without `ca` the authorities of the system are trusted, with it no others. A certificate that is renewed is shown
    from the next connection on, and an authority that is added is trusted.
    """

    def __init__(self, certificate: Path | None, key: Path | None, ca: Path | None) -> None:
        """Raises TlsError if a file is missing or wrong."""
        self._paths = tuple(path for path in (certificate, key, ca) if path is not None)
        self._certificate, self._key, self._ca = certificate, key, ca
        try:
            self.context = ssl.create_default_context(cafile=ca)
            self.context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._stamp = self._looked()
            self._load()
        except (OSError, ssl.SSLError) as error:
            names = "callback_certificate, callback_key, callback_ca"
            raise TlsError(f"TLS of calls to participants: {error}; see {names}") from error

    def renew(self) -> None:
        """Read the files anew if one has changed."""
        try:
            stamp = self._looked()
            if stamp != self._stamp:
                self._load()
                self._stamp = stamp
                log.info("TLS files of calls to participants were read anew")
        except (OSError, ssl.SSLError):
            log.exception("TLS files cannot be read anew; those before stay in force")

    def _looked(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._paths)

    def _load(self) -> None:
        if self._certificate is not None:
            self.context.load_cert_chain(self._certificate, self._key)
        if self._ca is not None:
            self.context.load_verify_locations(self._ca)


def names_of(der: bytes) -> tuple[str, ...]:
    """How a client's certificate may be named on file: subject, DNS and URI names, fingerprint (see `Access`).

    One that may issue others is nobody's: it would be as good as all of them.
    """
    found = x509.load_der_x509_certificate(der)
    if _issues(found):
        return ()
    names = [found.subject.rfc4514_string(), f"SHA256:{found.fingerprint(hashes.SHA256()).hex()}"]
    try:
        alternative = found.extensions.get_extension_for_oid(_OIDS.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return tuple(name for name in names if name)
    general = cast("x509.SubjectAlternativeName", alternative.value)
    names += [f"DNS:{name}" for name in general.get_values_for_type(x509.DNSName)]
    names += [f"URI:{name}" for name in general.get_values_for_type(x509.UniformResourceIdentifier)]
    return tuple(name for name in names if name)


def _issues(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_oid(_OIDS.BASIC_CONSTRAINTS)
    except x509.ExtensionNotFound:
        return False
    return cast("x509.BasicConstraints", basic.value).ca


class NamedProtocol(GuardedProtocol):
    """The HTTP server's protocol, with the names of the client's certificate in the scope of each request."""

    _names: tuple[str, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection whose handshake is over."""
        secured: Any = transport.get_extra_info("ssl_object")
        der = secured.getpeercert(binary_form=True) if secured is not None else None
        self._names = names_of(der) if der else ()
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["extensions"] = {CERTIFICATES: self._names}
