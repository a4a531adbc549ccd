"""A report for people and programs without ISO 20022: the same data set as JSON and as CSV, page by page."""

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from schemas.canonical.reports import Movement, Report
from schemas.codes.bookings import transaction_code
from switch.admin.desk import instant, number

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
COLUMNS: Final = (
    "account", "kind", "report", "day", "line", "at", "amount", "balance", "currency", "type", "code", "counterparty",
    "reference", "transferId", "messageId", "instructionId", "endToEndId", "transactionId", "uetr",
)  # fmt: skip
"""What a line of CSV holds; `line` is opening, movement or closing."""

Pages = AsyncIterator[Report]
"""The pages of reports, each report's together and in order."""


async def as_json(pages: Pages) -> AsyncIterator[bytes]:
    """`{"reports": [...]}`, written as the pages are read."""
    yield b'{"reports":['
    first = True
    async for page in pages:
        if page.page.number == 1:
            head = _ENCODER.encode(_head(page))
            yield (b"" if first else b",") + head[:-1] + b',"movements":['
            first = False
        rows = b",".join(_ENCODER.encode(_movement(each)) for each in page.movements)
        yield (b"," if page.page.number > 1 and rows else b"") + rows
        if page.page.last:
            yield b'],"closing":' + _ENCODER.encode(number(page.page.closing)) + b"}"
    yield b"]}"


def _head(report: Report) -> dict[str, Any]:
    totals = report.totals
    return {
        "kind": report.kind.value,
        "account": report.account,
        "number": report.number,
        "day": report.day,
        "from": instant(report.since),
        "to": instant(report.until),
        "totals": {
            "credits": {"count": totals.credits, "sum": number(totals.credit_units)},
            "debits": {"count": totals.debits, "sum": number(totals.debit_units)},
        },
        "reserved": _figure(report.reserved) if report.page.last else None,
        "available": _figure(report.available) if report.page.last else None,
        "opening": number(report.page.opening),
    }


def _figure(units: int | None) -> Decimal | None:
    return None if units is None else number(units)


def _movement(movement: Movement) -> dict[str, Any]:
    return {
        "number": movement.number,
        "at": instant(movement.at),
        "amount": number(movement.units),
        "type": movement.kind.value,
        "code": _code(movement),
        "reference": movement.reference,
        "transferId": movement.transfer,
        "counterparty": movement.counterparty,
        "references": _references(movement),
    }


def _code(movement: Movement) -> str:
    return "/".join(transaction_code(movement.kind, credit=movement.units >= 0))


def _references(movement: Movement) -> dict[str, str]:
    known = movement.references
    if known is None:
        return {}
    given = {
        "messageId": known.message_id,
        "instructionId": known.instruction_id,
        "endToEndId": known.end_to_end_id,
        "transactionId": known.transaction_id,
        "uetr": known.uetr,
    }
    return {name: text for name, text in given.items() if text}


async def as_csv(pages: Pages) -> AsyncIterator[bytes]:
    """A line for each movement, with the balance after it; opening and closing are lines of their own."""
    yield _lines([COLUMNS])
    async for page in pages:
        common = {
            "account": page.account.id,
            "kind": page.kind.value,
            "report": page.number or "",
            "day": page.day or "",
            "currency": page.account.currency,
        }
        balance, rows = page.page.opening, list[dict[str, Any]]()
        if page.page.number == 1:
            rows.append({**common, "line": "opening", "at": instant(page.since), "balance": number(balance)})
        for movement in page.movements:
            balance += movement.units
            rows.append(common | _row(movement) | {"balance": number(balance)})
        if page.page.last:
            rows.append({**common, "line": "closing", "at": instant(page.until), "balance": number(balance)})
        yield _lines([[row.get(name, "") for name in COLUMNS] for row in rows])


def _row(movement: Movement) -> dict[str, Any]:
    return {
        "line": "movement",
        "at": instant(movement.at),
        "amount": number(movement.units),
        "type": movement.kind.value,
        "code": _code(movement),
        "counterparty": movement.counterparty or "",
        "reference": movement.reference,
        "transferId": movement.transfer or "",
        **_references(movement),
    }


def _lines(rows: Any) -> bytes:
    """Lines of CSV (RFC 4180); a text that a spreadsheet would take for a formula is marked as text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _safe(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) else cell
