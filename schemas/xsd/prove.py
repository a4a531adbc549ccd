"""Proves models and tables by official XSDs: `python -m schemas.xsd.prove FOLDER ...` prints digests.toml.

Run it when a package is upgraded or a message version is to be added; a difference is named on stderr and left out.
"""

import sys
from pathlib import Path

from schemas.catalogue import OWN, CatalogueError, parse_xsd, rebuild
from schemas.xsd import official
from schemas.xsd.model import SchemaShapeError, digest

PACKAGES = ("pyiso20022", "python_iso20022")
SOURCES = (*PACKAGES, OWN)
"""In order of preference: the first that has the message and equals the official schema is taken."""


def prove(folders: list[Path]) -> dict[str, dict[str, str]]:
    """Source -> message version -> digest, for each XSD below `folders` that a package or a table equals."""
    proved: dict[str, dict[str, str]] = {source: {} for source in SOURCES}
    for path in sorted((path for folder in folders for path in folder.rglob("*.xsd")), key=lambda path: path.name):
        try:
            expected = digest(official.read(parse_xsd(path.read_bytes(), path)))
        except (SchemaShapeError, CatalogueError) as error:
            sys.stderr.write(f"{path}: {error}\n")
            continue
        equal = [source for source in SOURCES if _digest(source, path.stem) == expected]
        if not equal:
            sys.stderr.write(f"{path}: no package or table has this schema\n")
        elif not any(path.stem in proved[source] for source in SOURCES):
            proved[equal[0]][path.stem] = expected
    return proved


def _digest(source: str, message: str) -> str | None:
    try:
        return digest(rebuild(source, message))
    except (CatalogueError, NameError):
        # NameError: some modules of python-iso20022 name classes they do not define
        return None


def main() -> None:
    """Print the digests as TOML."""
    for source, digests in prove([Path(folder) for folder in sys.argv[1:]]).items():
        sys.stdout.write(f"\n[{source}]\n")
        for message, value in digests.items():
            sys.stdout.write(f'"{message}" = "{value}"\n')


if __name__ == "__main__":
    main()
