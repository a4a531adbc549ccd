"""`isoloop verify`: whether messages are signed by a certificate at hand; `--explain` shows each check."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iso import gate, shaped
from iso.algorithms import DS
from iso.keys import KeyRefusedError, PinnedKey, pinned_key
from iso.shaped import Step
from iso.shapes import Opened, Shape
from iso.sign import shape_argument
from iso.validate import files_below
from schemas.errors import Finding

_ADVICE: Final = {
    "gate": "isoloop validate tells what is wrong with the message itself.",
    "shape": "Sign in a shape that was agreed (the field signature of the bank's profile); "
    "isoloop sign --shape makes each of them.",
    "digest": "Sign last: nothing may be changed, indented or written anew afterwards. --canonical DIR writes the "
    "bytes whose digest was taken, to be compared with the signer's.",
    "key": "Give the signer's own certificate with --cert; in a hub it must be in the bank's profile.",
    "value": "The digests are in SignedInfo: it was signed with another key than the certificate's, or written anew.",
    "signxml": "Two verifiers disagree about this message: keep the file, and show it to the hub's operator.",
    "validity": "Use a certificate that is in its time; --at checks for another moment.",
}


class VerifyError(ValueError):
    """The files of keys cannot be used; the text says why."""


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one file's signature; `steps` has every check in its order, `advice` what to do."""

    file: str
    signed: bool
    shape: str | None = None
    steps: tuple[Step, ...] = ()
    advice: str | None = None


def prove(
    path: Path,
    keys: Sequence[PinnedKey],
    now: datetime,
    shape: Shape | None = None,
    *,
    pss: bool = True,
    seen: Callable[[Opened], None] | None = None,
) -> Proof:
    """Check one file; `shape` None: the one it seems to have. `seen` is shown the signature if it is of that shape."""
    try:
        parsed = gate.read(path.read_bytes())
    except gate.Refused as refused:
        first: Finding = refused.findings[0]
        step = Step("gate", holds=False, text=first.text, finding=first)
        return Proof(str(path), signed=False, steps=(step,), advice=_ADVICE["gate"])
    tried = shape or shape_of(parsed)
    steps, opened = shaped.explain(parsed, tried, keys, now, pss=pss)
    if opened is not None and seen is not None:
        seen(opened)
    wrong = next((step for step in steps if not step.holds), None)
    advice = None if wrong is None else _ADVICE[wrong.check.partition(" ")[0]]
    return Proof(str(path), wrong is None, tried.value, tuple(steps), advice)


def shape_of(parsed: gate.Parsed) -> Shape:
    """The shape a signature seems to have, by its place and the number of its references."""
    count = sum(1 for _ in parsed.root.iter(f"{{{DS}}}Reference"))
    if parsed.signature_el is not None:
        return Shape.PARTS if count > 1 else Shape.ENVELOPE
    return Shape.REFERENCES if count > 1 else Shape.HEADER


def read_keys(files: Iterable[Path], folder: Path | None) -> list[PinnedKey]:
    """Certificates and public keys in PEM, and those of a folder (*.pem, *.crt, *.cer); raises VerifyError."""
    chosen = list(files)
    if folder is not None:
        chosen += sorted(each for each in folder.iterdir() if each.suffix in {".pem", ".crt", ".cer"})
    found = []
    for path in chosen:
        try:
            found.append(pinned_key(path.read_text()))
        except (KeyRefusedError, UnicodeDecodeError) as error:
            if path in files:
                raise VerifyError(f"{path}: {error}") from None
    if not found:
        raise VerifyError("no certificate: give one with --cert, or a folder of them with --folder")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop verify` on the parser of the subcommand."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder with *.xml files")
    parser.add_argument(
        "--cert", type=Path, action="append", default=[], metavar="PEM", help="a certificate or public key (repeatable)"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="a folder of certificates, any of which may have signed"
    )
    shape_argument(parser, None)
    parser.add_argument("--at", type=_moment, metavar="TIME", help="when keys must be valid (default: now)")
    parser.add_argument("--explain", action="store_true", help="show every check, with expected and actual digests")
    parser.add_argument("--canonical", type=Path, metavar="DIR", help="write the canonical bytes of each part there")
    parser.add_argument("--json", action="store_true", help="a JSON line per file: file, signed, shape, steps, advice")


def main(args: argparse.Namespace, now: datetime) -> int:
    """Run `isoloop verify` with parsed arguments; the exit status: 1 if a file is not rightly signed."""
    keys = read_keys(args.cert, args.folder)
    now = args.at or now
    shape = None if args.shape is None else Shape(args.shape)
    console, wrong = Console(width=None if sys.stdout.isatty() else 160, soft_wrap=True), 0
    for path in files_below(args.paths):
        seen = None if args.canonical is None else _writer(args.canonical, path)
        proof = prove(path, keys, now, shape, seen=seen)
        wrong += not proof.signed
        if args.json:
            shown = proof if args.explain else msgspec.structs.replace(proof, steps=_failed(proof))
            sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
        else:
            _show(console, proof, explain=args.explain)
    return 1 if wrong else 0


def _failed(proof: Proof) -> tuple[Step, ...]:
    return tuple(step for step in proof.steps if not step.holds)


def _show(console: Console, proof: Proof, *, explain: bool) -> None:
    word = Text("signed", "green") if proof.signed else Text("not rightly signed", "bold red")
    console.print(Text(f"{proof.file}: ") + word + Text(f" ({proof.shape})" if proof.shape else ""))
    steps = proof.steps if explain else _failed(proof)
    if steps:
        table = Table("", "check", "what was found", "line", show_edge=False)
        for step in steps:
            said = step.text
            if step.expected is not None and (explain or not step.holds):
                said += f"\nexpected {step.expected}\nactual   {step.actual}"
            place = f"{step.finding.line} {step.finding.path}" if step.finding else ""
            mark = Text("ok", "green") if step.holds else Text("NO", "bold red")
            table.add_row(mark, step.check, Text(said), place)
        console.print(table)
    if proof.advice:
        console.print(Text(f"what to do: {proof.advice}"))


def _writer(folder: Path, path: Path) -> Callable[[Opened], None]:
    def write(opened: Opened) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.stem}.SignedInfo.c14n").write_bytes(opened.info)
        for reference in opened.references:
            (folder / f"{path.stem}.{reference.target}.c14n").write_bytes(reference.text)

    return write


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
