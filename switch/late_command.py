"""`isoloop late`: what settlement agents booked although it was given up, listed and decided at the operator port."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.console import Console
from rich.table import Table

_DECISIONS: Final = {"accept": "acceptance", "return": "return", "dismiss": "dismissal"}
_REFUSED: Final = 400
_OPEN: Final = frozenset({"OPEN", "RETURNING"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("decision", nargs="?", choices=sorted(_DECISIONS), help="what becomes of the one with that ID")
    parser.add_argument("id", nargs="?", metavar="ID", help="of the late booking, as the list shows it")
    parser.add_argument("--reason", metavar="TEXT", help="with a decision: why, for the books")
    parser.add_argument("--url", default="http://127.0.0.1:4001", help="the hub's operator port (%(default)s)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="the operator's token")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def main(options: argparse.Namespace) -> int:
    """List or decide; 1 if the hub refuses, or if the list has something to decide."""
    if options.decision is not None and (options.id is None or not options.reason):
        raise ValueError(f"name the booking and the reason: isoloop late {options.decision} ID --reason TEXT")
    token = options.token_file.read_text().strip() if options.token_file else ""
    status, found = asyncio.run(_asked(options, {"authorization": f"Bearer {token}"} if token else {}))
    refused = status >= _REFUSED
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    elif refused:
        told = found.get("errorInformation", {}) if isinstance(found, dict) else {}
        sys.stderr.write(f"refused: {told.get('errorDescription', status)}\n")
    else:
        _print(found if isinstance(found, list) else [found])
    waiting = isinstance(found, list) and any(one["state"] in _OPEN for one in found)
    return 1 if refused or waiting else 0


async def _asked(options: argparse.Namespace, headers: dict[str, str]) -> tuple[int, Any]:
    base = f"{options.url.rstrip('/')}/lateBookings"
    async with aiohttp.ClientSession(headers=headers) as session:
        if options.decision is None:
            call = session.get(base)
        else:
            body = {"reason": options.reason}
            call = session.post(f"{base}/{options.id}/{_DECISIONS[options.decision]}", json=body)
        async with call as response:
            return response.status, await response.json(content_type=None)


def _print(found: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    if not found:
        console.print("nothing was booked late", style="bold green")
        return
    table = Table("id", "kind", "state", "amount", "from", "to", "agent", "why")
    for one in found:
        amount = f"{one['amount']} {one['currency']}"
        table.add_row(
            one["id"], one["kind"], one["state"], amount, one["debtor"], one["creditor"], one["agent"], one["why"]
        )
    console.print(table)
    if any(one["state"] == "OPEN" for one in found):
        console.print("decide: isoloop late accept|return|dismiss ID --reason TEXT")
