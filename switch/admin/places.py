"""Where a bank is called, and by which names: judged when they are given, not when a payment fails."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_URL_MAX: Final = 2048
_ID_MAX: Final = 35
# No element can be in these.
_RESERVED: Final = frozenset({"http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"})


def wrong_url(name: str, url: str) -> str | None:
    """Why a URL cannot be called; None if it can."""
    try:
        parts = urlsplit(url)
        host, port, who = parts.hostname, parts.port, parts.username
    except ValueError as error:
        return f"{name} is no URL: {error}"
    if parts.scheme not in {"http", "https"} or not host or any(each.isspace() for each in url):
        return f"{name} must be an http or https URL"
    if not url.isascii() or len(url) > _URL_MAX:
        return f"{name} must be a URL in ASCII of at most {_URL_MAX} characters"
    if port == 0:
        return f"{name} must not name port 0"
    if who is not None:
        return f"{name} must not hold a user name: the hub shows its certificate and its signature"
    return None


def wrong_ids(given: Iterable[tuple[str, str]]) -> str | None:
    """Why one of these identifiers (element and value) cannot stand in a message; None if all can."""
    for name, value in given:
        if not value.strip() or value != value.strip() or len(value) > _ID_MAX:
            return f"{name} must have 1 to {_ID_MAX} characters, without blanks at its ends"
    return None


def wrong_namespace(name: str, uri: str) -> str | None:
    """Why no element can be in a namespace; None if it can."""
    return f"{name} is reserved by XML: choose another" if uri in _RESERVED else None


def twice(name: str, ids: Iterable[str]) -> str | None:
    """Which id is there twice; None if none is. Those without an id are not compared."""
    seen: set[str] = set()
    for each in ids:
        if each and each in seen:
            return f"{name} has the id {each[:40]} twice"
        seen.add(each)
    return None
