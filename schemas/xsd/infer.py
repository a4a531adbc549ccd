"""Infers which versions of a package are right though no official XSD is at hand: `python -m schemas.xsd.infer`.

In ISO 20022 the name of a type stands for one content, in whatever message: over all official schemas compared there
is no exception but a pattern that the 2009 editions spell otherwise. A version is inferred when the types whose names
are known say what the official ones say, those not known are few, and none of them is of a kind whose models lose
facts (choices, periods, wildcards; see `corrections.py`). Prints inferred.toml.
"""

import re
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from schemas.catalogue import CatalogueError, origins, rebuild, regenerate
from schemas.xsd import corrections
from schemas.xsd.model import Complex, Element, Schema, Simple, contents, digest
from schemas.xsd.own import iso_name
from schemas.xsd.prove import PACKAGES

_MODULE = re.compile(r"(acmt|admi|camt|pacs|pain)_(\d{3})_(\d{3})_(\d\d)")
_SHARE = 3
"""One type in so many may be unknown."""
_AUDITED = {choice for choice, _ in corrections.OPTIONAL_BRANCHES}

Vocabulary = dict[str, set[str]]


def vocabulary() -> Vocabulary:
    """Name of type -> its contents, over all versions with an official digest."""
    known: Vocabulary = defaultdict(set)
    for message, origin in origins().items():
        if origin.proof == "official":
            for name, content in _named(message, regenerate(message)).items():
                known[name].add(content)
    return known


def doubts(message: str, schema: Schema, known: Vocabulary) -> list[str]:
    """Why a rebuilt schema is not inferred to be right; empty if it is."""
    mine = _named(message, schema)
    mine.pop(iso_name(schema.type, message))
    types = {iso_name(name, message): type_ for name, type_ in schema.types.items()}
    new = [name for name in mine if name not in known]
    found = [f"{name} is another" for name in mine if name in known and mine[name] not in known[name]]
    found += [f"{name} is new and may have lost facts" for name in new if _lossy(name, types[name])]
    if _SHARE * len(new) > len(mine):
        found.append(f"{len(new)} of {len(mine)} types are new")
    return found


def _named(message: str, schema: Schema) -> dict[str, str]:
    return {iso_name(name, message): content for name, content in contents(schema).items()}


def _lossy(name: str, type_: Complex) -> bool:
    if name in _AUDITED:
        return False
    odd = any(not isinstance(part, Element) or _period(part.type) for part in type_.particles)
    return odd or type_.kind == "choice" or type_.text is not None


def _period(type_: str | Simple) -> bool:
    return isinstance(type_, Simple) and type_.base.startswith("g")


def infer() -> dict[str, dict[str, str]]:
    """Package -> version -> digest of all that is inferred; what is not is told on stderr."""
    known = vocabulary()
    proven = {message for message, origin in origins().items() if origin.proof == "official"}
    found: dict[str, dict[str, str]] = {}
    for package in PACKAGES:
        found[package] = {}
        for message in sorted(_versions(package) - proven - set().union(*found.values())):
            try:
                schema = rebuild(package, message)
            except (CatalogueError, NameError) as error:
                sys.stderr.write(f"{message}: {error}\n")
                continue
            why = doubts(message, schema, known)
            if why:
                sys.stderr.write(f"{message}: {'; '.join(why)}\n")
            else:
                found[package][message] = digest(schema)
    return found


def _versions(package: str) -> set[str]:
    spec = find_spec(package)
    folders = (spec and spec.submodule_search_locations) or []
    names = (_MODULE.search(str(path)) for folder in folders for path in Path(folder).rglob("*.py"))
    return {".".join(name.groups()) for name in names if name}


def main() -> None:
    """Print the digests as TOML."""
    for package, digests in infer().items():
        sys.stdout.write(f"\n[{package}]\n")
        for message, value in digests.items():
            sys.stdout.write(f'"{message}" = "{value}"\n')


if __name__ == "__main__":
    main()
