"""`isoloop submit`: send a file of payments to a hub, signed if need be, or read it here first; always bit by bit."""

import argparse
import http.client
import json
import ssl
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from iso.shapes import Shape
from iso.sign import SignError, read_key, shape_argument
from iso.sign_file import SignedFile, sign_file

_PATH: Final = "/iso20022/files"
_TIMEOUT_S: Final = 60
_POLL_S: Final = 0.5
_TAKEN: Final = 202
_OK: Final = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a pain.001 of any length")
    parser.add_argument("--url", default="http://127.0.0.1:4002", help="the hub's ISO port (default %(default)s)")
    parser.add_argument("--from", dest="sender", metavar="NAME", help="who sends it, if the file has no AppHdr")
    parser.add_argument("--check", action="store_true", help="read it here only: gate, schema and totals")
    parser.add_argument("--wait", type=int, default=0, metavar="S", help="wait so many seconds for the end of all")
    parser.add_argument("--api-key", metavar="KEY", help="the participant's API key, where the hub wants one")
    parser.add_argument("--key", type=Path, metavar="PEM", help="sign the file with this private key")
    parser.add_argument("--cert", "--certificate", type=Path, metavar="PEM", help="the certificate of --key")
    shape_argument(parser, Shape.HEADER.value)
    parser.add_argument("--pss", action="store_true", help="RSA-PSS instead of PKCS #1, where the profile says so")
    parser.add_argument("--tls-cert", type=Path, metavar="PEM", help="client certificate for https")
    parser.add_argument("--tls-key", type=Path, metavar="PEM", help="its private key")
    parser.add_argument("--tls-ca", type=Path, metavar="PEM", help="the CA of the hub (default: those of the system)")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def main(options: argparse.Namespace, now: datetime) -> int:
    """Check or send; 0 if all is well, 1 if something was refused or is open."""
    console = Console(stderr=True, quiet=options.json)
    told = _check(options.file, console) if options.check else _submit(options, now, console)
    if options.json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        _show(told, Console())
    return 0 if told["ok"] else 1


def _watched(pieces: Iterator[bytes], size: int, console: Console, what: str) -> Iterator[bytes]:
    """The pieces, with a bar that follows."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=size)
        for piece in pieces:
            yield piece
            progress.advance(task, len(piece))


def _to_send(options: argparse.Namespace, now: datetime) -> SignedFile:
    """The file as it is sent: as it is, or with a signature."""
    if options.key is None:
        if options.cert is not None:
            raise SignError("--cert belongs to --key: give the private key to sign with, too (for TLS: --tls-cert)")
        return SignedFile(options.file, [])
    key = read_key(options.key, options.cert)
    shape, sender = Shape(options.shape), options.sender
    return sign_file(options.file, key, shape, now=now, pss=options.pss, sender=sender)


def _check(file: Path, console: Console) -> dict[str, Any]:
    """What the hub would find in it before it looks at who pays whom."""
    from iso import gate  # noqa: PLC0415 - other verbs start without the parser and the schemas
    from iso.messages.pain001 import CreditTransfer  # noqa: PLC0415
    from iso.stream import Part, Stream  # noqa: PLC0415
    from schemas.catalogue import Catalogue  # noqa: PLC0415

    stream, count, total, whole = Stream(Catalogue()), 0, Decimal(0), SignedFile(file, [])

    def counted(parts: list[Part]) -> None:
        nonlocal count, total
        for step in (step for part in parts for step in part.steps):
            if isinstance(step, CreditTransfer):
                amount = step.amount or step.equivalent
                count, total = count + 1, total + Decimal(amount.text if amount else 0)

    try:
        for bite in _watched(whole.pieces(), whole.size, console, f"reading {file.name}"):
            counted(stream.feed(bite))
        counted(stream.close())
    except gate.Refused as refused:
        findings = [
            {"line": one.line, "path": one.path, "code": one.code, "text": one.text} for one in refused.findings
        ]
        return {"ok": False, "state": "INVALID", "taken": count, "findings": findings}
    group = stream.group
    assert group is not None  # the stream was read to its end
    told: dict[str, Any] = {"ok": True, "state": "VALID", "messageId": group.message_id, "taken": count}
    if Decimal(group.number_of_transactions) != count:
        told |= {"ok": False, "state": "INVALID", "detail": f"NbOfTxs is {group.number_of_transactions}, not {count}"}
    elif group.control_sum is not None and Decimal(group.control_sum) != total:
        told |= {"ok": False, "state": "INVALID", "detail": f"CtrlSum is {group.control_sum}, not {total}"}
    return {**told, "sum": str(total)}


def _submit(options: argparse.Namespace, now: datetime, console: Console) -> dict[str, Any]:
    status, told = _post(options, _to_send(options, now), console)
    told["ok"] = status == _TAKEN
    if status == _TAKEN and options.wait:
        told |= _waited(options, told["messageId"], console)
    return told


def _connection(options: argparse.Namespace) -> http.client.HTTPConnection:
    url = urlsplit(options.url)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError(f"--url {options.url} is no http or https URL")
    if url.scheme == "http":
        return http.client.HTTPConnection(url.hostname, url.port, timeout=_TIMEOUT_S)
    context = ssl.create_default_context(cafile=str(options.tls_ca) if options.tls_ca else None)
    if options.tls_cert:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    return http.client.HTTPSConnection(url.hostname, url.port, timeout=_TIMEOUT_S, context=context)


def _headers(options: argparse.Namespace) -> dict[str, str]:
    return {"X-API-Key": options.api_key} if options.api_key else {}


def _target(options: argparse.Namespace, **asked: str) -> str:
    query = urlencode({**({"from": options.sender} if options.sender else {}), **asked})
    return f"{urlsplit(options.url).path.rstrip('/')}{_PATH}{'?' + query if query else ''}"


def _post(options: argparse.Namespace, sent: SignedFile, console: Console) -> tuple[int, dict[str, Any]]:
    """Send the file; the hub may answer before its end, if something is wrong in it."""
    connection = _connection(options)
    headers = {"Content-Type": "application/xml", "Content-Length": str(sent.size), **_headers(options)}
    try:
        connection.connect()
        connection.putrequest("POST", _target(options))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for piece in _watched(sent.pieces(), sent.size, console, f"sending {options.file.name}"):
                connection.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            console.print("the hub stopped reading; its answer says why")
        response = connection.getresponse()
        return response.status, _decoded(response.read())
    except (OSError, http.client.HTTPException) as error:
        text = f"{options.url} broke off ({error or type(error).__name__}): send the file again, it goes on"
        return 0, {"error": "BROKEN_OFF", "detail": text}
    finally:
        connection.close()


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(body)
    except ValueError:
        return {"error": "ANSWER", "detail": body[:200].decode("utf-8", "replace")}
    return found


def _waited(options: argparse.Namespace, message_id: str, console: Console) -> dict[str, Any]:
    """Follow the file until everything in it has ended, or the time is over."""
    until = time.monotonic() + options.wait
    found: dict[str, Any] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("executing", total=None)
        while time.monotonic() < until:
            connection = _connection(options)
            try:
                connection.request("GET", _target(options, messageId=message_id), headers=_headers(options))
                response = connection.getresponse()
                found = _decoded(response.read()) if response.status == _OK else found
            finally:
                connection.close()
            counts = found.get("transactions", {})
            progress.update(task, total=counts.get("taken"), completed=counts.get("taken", 0) - counts.get("open", 0))
            if found and not counts.get("open"):
                break
            time.sleep(_POLL_S)
    open_still = found.get("transactions", {}).get("open", 1)
    return {**found, "ok": not open_still and found.get("state") == "ACSC"}


def _show(told: dict[str, Any], console: Console) -> None:
    """For people: what was taken, what is wrong where, and what to do next."""
    taken, name = told.get("taken"), told.get("messageId")
    counts = told.get("transactions")
    if counts:
        line = f"{told.get('state')}: {counts['settled']} settled, {counts['rejected']} rejected, {counts['open']} open"
        console.print(f"{name}  {line}", highlight=False)
    elif "error" not in told and "findings" not in told:
        console.print(f"{name}  {told['state']}: {taken} transactions", highlight=False)
    for one in told.get("findings", ()):
        console.print(f"line {one['line']}  {one['path']}\n  {one['code']}: {one['text']}", highlight=False)
    if told.get("detail"):
        console.print(f"{told.get('error', told.get('state'))}: {told['detail']}", highlight=False)
    if told.get("error") and taken:
        last = told.get("lastEndToEndId")
        console.print(
            f"{taken} transactions are kept, the last is {last}; send the file again to go on", highlight=False
        )
