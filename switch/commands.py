"""The verbs of `isoloop`: what each is called, takes and runs. Heavy imports wait until a verb is chosen."""

import argparse
import asyncio
import contextlib
import gc
import importlib.metadata
import json
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from switch import logs
from switch.embedded import EarlyEngines
from switch.embedded.process import EngineError
from switch.http import PortError, open_more_files
from switch.keys import MissingKeysError
from switch.lazily import load_lazily

if TYPE_CHECKING:
    from switch.config import Settings

USER_ERRORS = (EngineError, PortError, MissingKeysError, ValueError, OSError)
"""What a person can mend: told in one line, without a trace."""


class Verb(msgspec.Struct, frozen=True):
    """One command of the command line, with the example its --help shows."""

    name: str
    summary: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def version() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version("isoloop")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _of(
    module: str, *, timed: bool = False
) -> tuple[Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]:
    """Arguments and run of a verb that is a module of its own (`add_arguments`, `main`); `timed`: told the time."""

    def arguments(parser: argparse.ArgumentParser) -> None:
        import_module(module).add_arguments(parser)

    def run(options: argparse.Namespace) -> int:
        main = import_module(module).main
        status: int = main(options, datetime.now(UTC)) if timed else main(options)
        return status

    return arguments, run


def _settings(options: argparse.Namespace, *names: str) -> "Settings":
    """The settings of file and environment, overridden by the options given."""
    from switch.config import load  # noqa: PLC0415 - verbs that need no settings start without them

    return load({name: getattr(options, name, None) for name in names}, getattr(options, "config", None))


def _config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML (default: environment only)")


def _database_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database-url", metavar="URL", help="PostgreSQL (default: the embedded one of --data)")
    parser.add_argument("--data", dest="data_dir", type=Path, metavar="DIR", help="data folder of an embedded hub")


_GC_YOUNG, _GC_MIDDLE, _GC_OLD = 50_000, 20, 20
_SERVE = ("data_dir", "database_url", "nats_url", "fspiop_port", "admin_port", "iso_port", "profile", "host")


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    _config_option(parser)
    _database_option(parser)
    parser.add_argument("--nats-url", metavar="URL", help="NATS with JetStream (default: the embedded one of --data)")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--fspiop-port", type=int, metavar="N", help="FSPIOP API (default 4000; 0 takes a free one)")
    parser.add_argument("--admin-port", type=int, metavar="N", help="operator API (default 4001)")
    parser.add_argument("--iso-port", type=int, metavar="N", help="ISO 20022 API (default 4002)")
    parser.add_argument("--profile", choices=["sandbox", "production"], help="production demands signatures and keys")


def _serve(options: argparse.Namespace) -> int:
    settings = _settings(options, *_SERVE)
    logs.configure(settings.log_level)
    open_more_files()
    # Until the hub handles it itself, being told to stop ends what was begun.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        early = None
        if not (settings.database_url and settings.nats_url):
            engines = EarlyEngines(settings.data_dir, nats_sync_always=settings.nats_sync_always)
            early = stack.enter_context(engines)
        return _serve_hub(settings, early)


def _serve_hub(settings: "Settings", early: EarlyEngines | None) -> int:
    import uvloop  # noqa: PLC0415

    # A fifth of a start, for websockets to NATS that nobody opens, and for calls that another process makes.
    load_lazily("aiohttp")
    from switch.compose import Hub  # noqa: PLC0415

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, stop.set)
        async with Hub(settings, early) as hub:
            # What is loaded by now stays: collections need not look at it again, nor come as often as by default.
            gc.freeze()
            gc.set_threshold(_GC_YOUNG, _GC_MIDDLE, _GC_OLD)
            _say(json.dumps(hub.ready()))
            await hub.run_until(stop)

    uvloop.run(serve())
    return 0


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout instead of the live table")
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="play this story only, message by message (again for more; `all`; a wrong name lists them)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a page of the scenarios there, to look at")
    parser.add_argument("--samples", type=Path, metavar="DIR", help="also send every pacs.008 found there")
    parser.add_argument("--data", dest="data_dir", type=Path, metavar="DIR", help="keep the hub's data there")


def _demo(options: argparse.Namespace) -> int:
    from switch.demo import main  # noqa: PLC0415

    # Ended from outside it stops what it started, as on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs.configure("warning")
    return main(options)


@contextlib.contextmanager
def opened_database(options: argparse.Namespace, *, existing: bool = False) -> Iterator[str]:
    """The database a maintenance verb works on: the one named, else the embedded one of the data folder."""
    from switch.embedded import borrowed_database  # noqa: PLC0415

    settings = _settings(options, "data_dir", "database_url")
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    if existing and not (settings.data_dir / "postgres").is_dir():
        raise ValueError(f"{settings.data_dir} is no data folder of a hub")
    with borrowed_database(settings.data_dir) as url:
        yield url


def maintenance_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a verb that works on a database."""
    _config_option(parser)
    _database_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _migrate(options: argparse.Namespace) -> int:
    from switch.migrate import upgrade  # noqa: PLC0415

    with opened_database(options) as url:
        revision = upgrade(url)
    _say(json.dumps({"revision": revision}) if options.json else f"database is at revision {revision}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from switch.check import run  # noqa: PLC0415

    with opened_database(options, existing=True) as url:
        return run(url, as_json=options.json)


def _config_arguments(parser: argparse.ArgumentParser) -> None:
    _config_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _config(options: argparse.Namespace) -> int:
    masked = _settings(options).masked()
    if options.json:
        _say(json.dumps(masked, default=str))
    else:
        _say("\n".join(f"{name} = {value}" for name, value in masked.items()))
    return 0


def _keys_arguments(parser: argparse.ArgumentParser) -> None:
    _config_option(parser)
    parser.add_argument("--data", dest="data_dir", type=Path, metavar="DIR", help="data folder of the hub")
    parser.add_argument("--new", choices=["RS256", "ES256", "ES384"], help="make a key of that algorithm")
    parser.add_argument("--from", dest="start", type=_moment, metavar="TIME", help="when the new key begins to sign")
    parser.add_argument("--retire", metavar="ID", help="remove a key for ever")
    parser.add_argument("--xml", action="store_true", help="the keys of business messages instead of the JWS keys")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _keys(options: argparse.Namespace) -> int:
    from switch.published import certificates_of_hub, of_hub  # noqa: PLC0415
    from switch.ring import Ring  # noqa: PLC0415
    from switch.xml_ring import XmlRing  # noqa: PLC0415

    settings, clock = _settings(options, "data_dir"), lambda: datetime.now(UTC)
    if options.xml:
        xml = XmlRing(settings.keys_folder, clock)
        if options.new:
            xml.make(options.new, settings.hub_name, options.start)
        if options.retire:
            xml.retire(options.retire)
        return _tell_keys([{"algorithm": "certificate", **key} for key in certificates_of_hub(xml)], options)
    ring = Ring(settings.keys_folder, clock)
    if options.new:
        ring.make(options.new, options.start)
    if options.retire:
        ring.retire(options.retire)
    return _tell_keys(of_hub(ring), options)


def _tell_keys(keys: list[dict[str, Any]], options: argparse.Namespace) -> int:
    if options.json:
        _say(json.dumps({"keys": keys}))
    else:
        _say(
            "\n".join(f"{key['id']}  {key['algorithm']}  {key.get('validFrom', 'always')}" for key in keys) or "no keys"
        )
    return 0


def _messages_arguments(parser: argparse.ArgumentParser) -> None:
    from switch.archive.command import add_arguments  # noqa: PLC0415

    _config_option(parser)
    _database_option(parser)
    add_arguments(parser)


def _messages(options: argparse.Namespace) -> int:
    from switch.archive.command import run  # noqa: PLC0415

    with opened_database(options) as url:
        return run(url, options)


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    from switch.reports.command import add_arguments  # noqa: PLC0415

    _config_option(parser)
    _database_option(parser)
    add_arguments(parser)


def _report(options: argparse.Namespace) -> int:
    from switch.reports.command import run  # noqa: PLC0415

    if options.name is None:
        return run("", options)
    with opened_database(options) as url:
        return run(url, options)


COMMANDS = (
    Verb("demo", "Run the main job: banks and DFSPs pay each other.", "isoloop demo --json", _demo_arguments, _demo),
    Verb("serve", "Run the hub.", "isoloop serve --data ./data --profile sandbox", _serve_arguments, _serve),
    Verb(
        "validate",
        "Check ISO 20022 files against the full schemas.",
        "isoloop validate --json payments/",
        *_of("switch.validate"),
    ),
    Verb(
        "rules",
        "List the rules of the standard, of market practices and of the hub.",
        "isoloop rules --pack cbpr --message pacs.008",
        *_of("iso.rules.listing"),
    ),
    Verb(
        "sign",
        "Sign a message in one of the agreed shapes.",
        "isoloop sign payment.xml --key bank.key.pem --cert bank.cert.pem -o signed.xml",
        *_of("iso.sign"),
    ),
    Verb(
        "verify",
        "Check the signatures of messages, and explain each check.",
        "isoloop verify signed.xml --cert bank.cert.pem --explain",
        *_of("iso.verify", timed=True),
    ),
    Verb(
        "schemas",
        "List, write out and compare the message schemas in force.",
        "isoloop schemas diff pacs.008.001.08 pacs.008.001.12",
        *_of("iso.schemas"),
    ),
    Verb(
        "folder",
        "Speak with a hub through two folders: files in are sent, messages come out.",
        "isoloop folder ./bluebank --participant bluebank --url http://127.0.0.1:4002",
        *_of("switch.folder"),
    ),
    Verb(
        "submit",
        "Send a file of payments (pain.001 of any length) to a hub, signed if you say so, or check it here.",
        "isoloop submit salaries.xml --from bluebank --key blue.key.pem --cert blue.cert.pem --wait 600",
        *_of("switch.submit", timed=True),
    ),
    Verb(
        "translate",
        "Turn one message into the other dialect, with every loss named.",
        "isoloop translate payment.xml",
        *_of("switch.translate"),
    ),
    Verb(
        "migrate",
        "Bring a database to this version.",
        "isoloop migrate --database-url postgresql://hub@db/isoloop",
        maintenance_arguments,
        _migrate,
    ),
    Verb("config", "Show the effective settings, secrets masked.", "isoloop config --json", _config_arguments, _config),
    Verb(
        "keys",
        "List the hub's keys, make one, retire one; a running hub follows within a second.",
        "isoloop keys --new ES256 --data ./data",
        _keys_arguments,
        _keys,
    ),
    Verb(
        "openapi",
        "Show the calls of a port, or write its OpenAPI document.",
        "isoloop openapi --api fspiop --json",
        *_of("switch.openapi"),
    ),
    Verb(
        "messages",
        "Search the archive, and show or translate a message of it.",
        "isoloop messages --uetr 8a562c67-ca16-48ba-b074-65581be6f011 --data ./data",
        _messages_arguments,
        _messages,
    ),
    Verb(
        "report",
        "Write a report by its name, or list them.",
        "isoloop report settlement-bank --settlement 3 --format xlsx -o bank.xlsx --data ./data",
        _report_arguments,
        _report,
    ),
    Verb(
        "reconcile",
        "Compare a settlement agent's statements (camt.053) with the books.",
        "isoloop reconcile statement.xml --data ./data",
        *_of("switch.reconcile"),
    ),
    Verb(
        "late",
        "List what settlement agents booked too late, and decide what becomes of it.",
        "isoloop late return S42USD1M1003 --reason 'the cycle was given up'",
        *_of("switch.late_command"),
    ),
    Verb(
        "check",
        "Prove the books: the invariants as SQL against a database.",
        "isoloop check --data ./data",
        maintenance_arguments,
        _check,
    ),
)
