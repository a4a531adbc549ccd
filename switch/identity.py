"""Who a connection proves its client to be, and what speaks against what the client says.

There is one doorman for each kind of door. On a Unix socket the TLS proxy names the participant in a header; on a TLS
port the client's certificate does; on a plain port of the sandbox an API key may. A participant is held to what is on
file for it: the hub believes no header that the client itself could have written.
"""

import hashlib
import ipaddress
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, Protocol

from schemas.canonical.access import Access
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant

Scope = MutableMapping[str, Any]
CallerOf = Callable[[Scope], str | None]

CERTIFICATES: Final = "isoloop.client_cert_names"
"""Where a TLS server puts the names of the client's certificate: in the scope, below `extensions`."""
_FORWARDED: Final = b"x-forwarded-for"
_AUTHORIZATION: Final = b"authorization"
_API_KEY: Final = b"x-api-key"
_BEARER: Final = "bearer "


class People(Protocol):
    """What a doorman asks: who shows a credential, and what is on file for a name."""

    @property
    def holders(self) -> Mapping[str, FspId]:
        """Credential -> who shows it (`Access.credentials`)."""

    @property
    def held(self) -> Mapping[str, Participant]:
        """The participants with something on file, by their name in lower case."""


class Doorman:
    """A plain port: nobody is proven but by an API key, where these are taken (`api_keys`)."""

    def __init__(self, people: People, *, api_keys: bool = False) -> None:
        """Ask `people` anew at each request: a change is seen by the next one."""
        self._people = people
        self._api_keys = api_keys

    @property
    def caller(self) -> CallerOf | None:
        """Names the participant of every connection; None where connections prove nothing by themselves."""
        return None

    def address(self, scope: Scope) -> str:
        """The address of the client."""
        client = scope.get("client")
        return str(client[0]) if client else ""

    def objection(self, scope: Scope, claimed: str | None, proxied: bool) -> str | None:
        """Why the client is not believed to be `claimed` (None: not said yet); `proxied`: it passes on for another."""
        people = self._people
        shown = self._shown(scope) if self._api_keys and people.holders else None
        if shown is not None:
            holder = people.holders.get(f"key:{shown}")
            if holder is None:
                return "the API key is not known"
            if claimed is not None and claimed != holder:
                return "the API key is that of another participant"
            if proxied and not self._passes_on(holder):
                return f"{holder} is no proxy"
        found = people.held.get(claimed.casefold()) if claimed and people.held else None
        if found is None or found.access is None:
            return None
        if shown is None and self._api_keys and found.access.api_keys:
            return f"{found.name} proves itself with its API key"
        return self._from_elsewhere(scope, found.access)

    def _passes_on(self, name: str) -> bool:
        found = self._people.held.get(name.casefold())
        return found is not None and found.proxy

    def _from_elsewhere(self, scope: Scope, access: Access) -> str | None:
        if access.networks and not _inside(access.networks, self.address(scope)):
            return "the address is none of the participant's networks"
        return None

    def _shown(self, scope: Scope) -> str | None:
        """The digest of the API key of a request; of none that could be one if two are shown."""
        found = [
            _bearer(value) if name == _AUTHORIZATION else value.decode("latin-1").strip()
            for name, value in scope["headers"]
            if name in {_AUTHORIZATION, _API_KEY}
        ]
        return None if not found else digest(found[0] if len(set(found)) == 1 else "")


class _Bound(Doorman, ABC):
    """A door on which every connection is some participant's."""

    @property
    def caller(self) -> CallerOf:
        """Names the participant of a connection; None: that of nobody."""
        return self._client

    @abstractmethod
    def _client(self, scope: Scope) -> str | None:
        """The participant whose connection it is."""

    def objection(self, scope: Scope, claimed: str | None, proxied: bool) -> str | None:
        """Nobody comes in unproven, speaks for another unless it is a proxy, or comes from a strange network."""
        client = self._client(scope)
        if client is None:
            return "the connection is not authenticated as a participant"
        if claimed is not None and claimed != client:
            return "the sender is not the authenticated participant"
        if proxied and not self._passes_on(client):
            return f"{client} is no proxy"
        found = self._people.held.get(client.casefold())
        return None if found is None or found.access is None else self._from_elsewhere(scope, found.access)


class ProxyDoorman(_Bound):
    """A Unix socket: the TLS proxy names the client in a header and its address at the end of X-Forwarded-For."""

    def __init__(self, people: People, header: str) -> None:
        """`header` counts here alone, and only if it stands there once."""
        super().__init__(people)
        self._header = header.lower().encode()

    def address(self, scope: Scope) -> str:
        """What the proxy appended: the last entry; those before it are the client's own words."""
        given = [value for name, value in scope["headers"] if name == _FORWARDED]
        return str(given[-1].decode("latin-1").rpartition(",")[2].strip()) if given else ""

    def _client(self, scope: Scope) -> str | None:
        named = [value for name, value in scope["headers"] if name == self._header]
        if scope.get("client") is not None or len(named) != 1:
            return None
        return str(named[0].decode("latin-1")) or None


class CertificateDoorman(_Bound):
    """A TLS port: the certificate, which the scheme's CA issued, is on file for one participant."""

    def _client(self, scope: Scope) -> str | None:
        names = scope.get("extensions", {}).get(CERTIFICATES, ())
        holders = self._people.holders
        found = {holders[name] for name in names if name in holders}
        # A certificate whose names are on file for two is nobody's.
        return found.pop() if len(found) == 1 else None


def digest(key: str) -> str:
    """What is kept of an API key: its SHA-256 in hex (keys are 256 random bits, so no salt is needed)."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _bearer(value: bytes) -> str:
    text = value.decode("latin-1").strip()
    return text[len(_BEARER) :].strip() if text.lower().startswith(_BEARER) else ""


@lru_cache(maxsize=4096)
def _inside(networks: tuple[str, ...], address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped else found
    return any(plain in _network(network) for network in networks)


@lru_cache(maxsize=4096)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text)


def held(participants: Iterable[Participant]) -> tuple[dict[str, FspId], dict[str, Participant]]:
    """`People.holders` and `People.held` of these participants."""
    known = [each for each in participants if each.access is not None or each.proxy]
    holders = {shown: each.name for each in known if each.access for shown in each.access.credentials}
    return holders, {each.name.casefold(): each for each in known}
