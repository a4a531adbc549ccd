"""`isoloop sign`: a message of one's own gets a signature of one of the shapes the hub knows, without a server."""

import argparse
import sys
from pathlib import Path

import msgspec

from iso import gate, shaped
from iso.keys import KeyRefusedError, SigningKey, signing_key
from iso.shapes import Shape


class SignError(ValueError):
    """A file cannot be signed; the text says why and what to do."""


def sign_file(path: Path, key: SigningKey, shape: Shape, *, pss: bool = False) -> bytes:
    """The message in a file with its signature; raises SignError."""
    try:
        return shaped.sign_tree(gate.read(path.read_bytes()), key, shape, pss=pss)
    except gate.Refused as refused:
        advice = "what the hub would refuse cannot be signed; isoloop validate tells more"
        raise SignError(f"{path}: {refused}: {advice}") from None
    except ValueError as error:
        raise SignError(f"{path}: {error}") from None


def read_key(key: Path, certificate: Path | None) -> SigningKey:
    """A private key and its certificate, both PEM; raises SignError."""
    try:
        return signing_key(key.read_text(), None if certificate is None else certificate.read_text())
    except (KeyRefusedError, UnicodeDecodeError) as error:
        advice = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem makes one"
        raise SignError(f"{key}: {error}; {advice}") from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `isoloop sign` on the parser of the subcommand."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a message with AppHdr and Document, not signed")
    parser.add_argument("--key", type=Path, required=True, metavar="PEM", help="private key, not encrypted")
    parser.add_argument("--cert", type=Path, metavar="PEM", help="its certificate, to be told in the signature")
    shape_argument(parser, Shape.HEADER.value)
    parser.add_argument("--pss", action="store_true", help="RSA-PSS instead of PKCS #1, where the profile says so")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there (default: standard output)")
    parser.add_argument("--json", action="store_true", help="with -o: tell file, shape and length as JSON")


def shape_argument(parser: argparse.ArgumentParser, default: str | None) -> None:
    """The option --shape."""
    parser.add_argument(
        "--shape",
        choices=[shape.value for shape in Shape],
        default=default,
        help="header: in AppHdr over all; envelope: beside it over all; parts: beside it, by Id; "
        f"references: in AppHdr, over KeyInfo, AppHdr and Document (default: {default or 'what is there'})",
    )


def main(args: argparse.Namespace) -> int:
    """Run `isoloop sign` with parsed arguments; the exit status."""
    body = sign_file(args.file, read_key(args.key, args.cert), Shape(args.shape), pss=args.pss)
    if args.output is None:
        sys.stdout.buffer.write(body)
        return 0
    args.output.write_bytes(body)
    told = {"file": str(args.output), "shape": args.shape, "bytes": len(body)}
    text = msgspec.json.encode(told).decode() if args.json else f"{args.output}: signed ({args.shape})"
    sys.stdout.write(text + "\n")
    return 0
