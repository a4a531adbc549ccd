"""What proves that a caller is a participant, and from where it may call (PUT /participants/{name}/access)."""

from datetime import datetime

import msgspec


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A secret that stands for a participant in the sandbox; only its SHA-256 (hex) is kept."""

    id: str
    digest: str
    created: datetime | None = None


class Access(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a participant is recognised. Nothing in it: by its word in the sandbox, by its signatures in production.

    `certificates` are names of client certificates: a subject as in RFC 4514 (`CN=bank,O=Bank,C=KE`), `DNS:name`,
    `URI:name` or `SHA256:fingerprint`. `networks` are CIDR ranges; none given: from anywhere.
    """

    certificates: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    api_keys: tuple[ApiKey, ...] = ()

    @property
    def credentials(self) -> tuple[str, ...]:
        """What nobody else may show: certificate names as they are, API keys as `key:` and their digest."""
        return (*self.certificates, *(f"key:{key.digest}" for key in self.api_keys))
