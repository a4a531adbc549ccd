"""Which packs are in force for a message: by its service and market practice, beside those of sender and scheme."""

from collections.abc import Iterable
from typing import Final

from iso.rules.packs import PACKS

BY_SERVICE: Final[tuple[tuple[str, str], ...]] = (
    ("swift.cbprplus.", "cbpr"),
    ("eba.sctinst", "instant"),
    ("sctinst", "instant"),
    ("fednow", "fednow"),
)
"""Beginning of BizSvc -> pack."""
BY_PRACTICE: Final[tuple[tuple[str, str], ...]] = (
    ("fednow", "fednow"),
    ("cbprplus", "cbpr"),
)
"""Part of MktPrctc/Regy or MktPrctc/Id, in lower case -> pack."""
HUB_DECIDES: Final[frozenset[str]] = frozenset({"CBPR-0110", "CBPR-0111", "CBPR-0112", "FEDNOW-0013"})
"""How it is settled: not enforced by the hub, whose own rules SCHEME-0003 to SCHEME-0005 take their place."""


def packs_for(service: str | None, registry: str | None = None, practice: str | None = None) -> tuple[str, ...]:
    """The packs that a header asks for."""
    said = (service or "").lower()
    found = [pack for beginning, pack in BY_SERVICE if said.startswith(beginning)]
    named = f"{registry or ''} {practice or ''}".lower()
    found += [pack for part, pack in BY_PRACTICE if part in named]
    return tuple(dict.fromkeys(found))


def known(names: Iterable[str]) -> tuple[str, ...]:
    """The names as they came, each once; ValueError for one that is no pack."""
    wanted = tuple(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in PACKS]
    if unknown:
        raise ValueError(f"{unknown[0]} is no pack of rules; there are {', '.join(PACKS)}")
    return wanted
