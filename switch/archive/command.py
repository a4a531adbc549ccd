"""`isoloop messages`: search the archive of a hub's database, and show or translate one message of it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
import msgspec
from rich.console import Console

from schemas.canonical.wire import Dialect
from switch import translate, translate_forms
from switch.archive import shown, view
from switch.archive.librarian import Librarian
from switch.archive.references import Key
from switch.archive.search import Archive, Wanted, Whole, reference
from switch.translate_forms import Sheet

_OPTIONS: Final = {
    Key.BUSINESS_MESSAGE_ID: "--biz-msg-idr",
    Key.MESSAGE_ID: "--msg-id",
    Key.PAYMENT_INFORMATION_ID: "--pmt-inf-id",
    Key.INSTRUCTION_ID: "--instr-id",
    Key.END_TO_END_ID: "--end-to-end-id",
    Key.TRANSACTION_ID: "--tx-id",
    Key.UETR: "--uetr",
    Key.TRANSFER_ID: "--transfer-id",
    Key.QUOTE_ID: "--quote-id",
    Key.AMOUNT: "--amount",
}
_SHORTEST: Final = 6
_VERBS: Final = ("list", "show", "translate", "resend")
_WORDS_HELP: Final = "also `list`, `show DIGEST`, `translate DIGEST`, `resend DIGEST` (by the hub at --resend)"
_OPERATOR: Final = "http://127.0.0.1:4001"
_REFUSED: Final = 400
T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument(
        "words", nargs="*", metavar="DIGEST", help="show this message (the first digits are enough); " + _WORDS_HELP
    )
    for key, option in _OPTIONS.items():
        example = "as 12.50 USD" if key is Key.AMOUNT else f"by its {key.value}"
        parser.add_argument(option, dest=key.name, metavar="TEXT", help=f"find messages {example}")
    parser.add_argument("--about", metavar="ID", help="all messages about what has this id in the hub")
    parser.add_argument("--participant", metavar="NAME", help="from or to this participant")
    parser.add_argument("--direction", choices=["in", "out"], help="received by the hub, or sent by it")
    parser.add_argument("--definition", metavar="TEXT", help="whose definition or path begins so: pacs.008, /quotes")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="not before, such as 2026-11-20T14:00")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="not after")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="the newest N (default 50)")
    parser.add_argument("--translate", action="store_true", help="with DIGEST: the message in the other dialects")
    parser.add_argument("--body", type=Path, metavar="FILE", help="with DIGEST: write its bytes there (- is stdout)")
    parser.add_argument(
        "--resend",
        metavar="URL",
        help=f"with DIGEST of a message to a bank: have the hub at this operator port ({_OPERATOR}) send it again",
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="with --resend: the operator's token")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(database_url: str, options: argparse.Namespace) -> int:
    """Do what the options say; the exit status is 1 if nothing was found."""
    _said(options)
    if options.show is not None:
        return asyncio.run(_with(database_url, lambda archive: _show(archive, options)))
    found = asyncio.run(_with(database_url, lambda archive: archive.search(_wanted(options)), fresh=True))
    if options.json:
        _write(msgspec.json.encode([shown.kept(one) for one in found]))
    else:
        _console().print(view.listing(found) if found else "nothing was found")
    return 0 if found else 1


def _said(options: argparse.Namespace) -> None:
    """What the words ask for: a digest alone, or what is to be done with it said before it."""
    words = list(options.words)
    verb = words.pop(0) if words and words[0] in _VERBS else ""
    options.show = words.pop(0) if words else None
    missing = verb not in {"", "list"} and options.show is None
    if words or missing or (verb == "list" and options.show is not None):
        raise ValueError(f"`isoloop messages` takes one digest; {_WORDS_HELP}")
    options.translate = options.translate or verb == "translate"
    if verb == "resend" and options.resend is None:
        options.resend = _OPERATOR


async def _with(database_url: str, ask: Callable[[Archive], Awaitable[T]], *, fresh: bool = False) -> T:
    """Ask the archive; `fresh`: what came in last is made findable first."""
    archive = Archive(database_url)
    librarian = Librarian(database_url, lambda: 0)
    try:
        if fresh:
            await librarian.catch_up()
        return await ask(archive)
    finally:
        await librarian.close()
        await archive.close()


def _wanted(options: argparse.Namespace) -> Wanted:
    given = ((key, getattr(options, key.name)) for key in _OPTIONS)
    return Wanted(
        references=tuple(reference(key, text) for key, text in given if text),
        about=options.about,
        participant=options.participant,
        sent=None if options.direction is None else options.direction == "out",
        kind=options.definition,
        since=options.since,
        until=options.until,
        limit=options.limit,
    )


async def _show(archive: Archive, options: argparse.Namespace) -> int:
    digests = await archive.beginning(options.show) if len(options.show) >= _SHORTEST else []
    if len(digests) != 1:
        found = "more than one message has" if digests else f"no message has ({_SHORTEST} digits are needed)"
        sys.stderr.write(f"{found} a digest that begins with {options.show}\n")
        return 1
    message = await archive.whole(digests[0])
    if message is None:
        raise LookupError(f"the message {digests[0]} has just gone")
    if options.body is not None:
        return _body(message, options.body)
    if options.resend is not None:
        return await _again(message, options)
    if options.translate:
        return _translated(message, as_json=options.json)
    if options.json:
        _write(msgspec.json.encode(shown.whole(message)))
    else:
        _console().print(view.whole(message))
    return 0


def _body(message: Whole, file: Path) -> int:
    if str(file) == "-":
        sys.stdout.buffer.write(message.body)
    else:
        file.write_bytes(message.body)
    return 0


async def _again(message: Whole, options: argparse.Namespace) -> int:
    """Have it sent again; only what the hub sent to a bank can be."""
    sent = next((copy for copy in message.copies if copy.sent and copy.dialect is Dialect.ISO_XML), None)
    if sent is None:
        sys.stderr.write("only a message that the hub sent to a bank can be sent again\n")
        return 1
    token = options.token_file.read_text().strip() if options.token_file else ""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{options.resend.rstrip('/')}/participants/{sent.participant}/resend"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"businessMessageIds": [sent.message_id]}) as response,
    ):
        text = await response.text()
    sys.stdout.write(f"{text}\n" if options.json or response.status >= _REFUSED else f"sent again: {sent.message_id}\n")
    return 0 if response.status < _REFUSED else 1


def _translated(message: Whole, *, as_json: bool) -> int:
    kept = message.copies[0]
    result = translate.translate_wire(kept.method, kept.definition, message.body)
    if isinstance(result, str):
        sys.stderr.write(f"{result}\n")
        return 1
    if as_json:
        told = translate_forms.as_json(result) if isinstance(result, Sheet) else translate.as_json(result)
        _write(msgspec.json.encode(told))
    else:
        translate_forms.show(
            translate_forms.as_view(result) if isinstance(result, Sheet) else translate.as_view(result)
        )
    return 0


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)


def _write(document: bytes) -> None:
    sys.stdout.write(msgspec.json.format(document, indent=2).decode() + "\n")
