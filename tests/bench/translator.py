"""The translator between FSPIOP JSON and its ISO variant on one core: eight calls in both modes, against the peer.

Bodies are what participants send: ids are UUIDs, parties have names, packets are version 4. Into FSPIOP goes what the
same mode made of it. A call is a whole translation, header times and ids included; decoding and encoding are not.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.table import Table

from fspiop import ilp
from translator.isojson.convert import Mode, Options, Source, Translation, to_fspiop, to_iso

ROUNDS: Final = 5
ROUND_S: Final = 0.2
PEER: Final = {
    ("quotes.post", "to ISO"): 2217, ("quotes.post", "to FSPIOP"): 2163,
    ("quotes.put", "to ISO"): 3147, ("quotes.put", "to FSPIOP"): 6509,
    ("transfers.post", "to ISO"): 4635, ("transfers.post", "to FSPIOP"): 8552,
    ("transfers.put", "to ISO"): 8300, ("transfers.put", "to FSPIOP"): 19880,
}  # fmt: skip
"""What the community's translator does a second on such a core."""
NAMES: Final = {
    "quotes.post": "POST /quotes", "quotes.put": "PUT /quotes",
    "transfers.post": "POST /transfers", "transfers.put": "PUT /transfers",
}  # fmt: skip
_NOW: Final = datetime(2026, 11, 20, 8, 0, 0, 250_000, tzinfo=UTC)
_EXPIRY: Final = "2026-11-20T08:00:30.000Z"
_CONDITION: Final = "T6s_xO9OwXuoXidLgxfrqflBI9Nd3TQCpFNV8tG7l6k"
_QUOTE: Final = "7c323e80-d078-4077-8263-2c04747dffcf"
_TRANSFER: Final = "9f1a3c52-6c1e-4c55-8d7a-2f7d0b0f7a11"
_REQUEST: Final[dict[str, Any]] = {
    "quoteId": _QUOTE,
    "transactionId": "85feac2f-39b2-491b-817e-4a03203d4f14",
    "payee": {
        "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "22507008181", "fspId": "dfsp.blue"},
        "name": "Wanjiru Ngugi",
        "personalInfo": {"complexName": {"firstName": "Wanjiru", "lastName": "Ngugi"}, "dateOfBirth": "1990-02-28"},
        "supportedCurrencies": ["XOF"],
    },
    "payer": {
        "partyIdInfo": {"partyIdType": "BUSINESS", "partyIdentifier": "SHOP-771", "fspId": "dfsp.green"},
        "name": "Otieno & Sons",
    },
    "amountType": "SEND",
    "amount": {"currency": "XOF", "amount": "1500"},
    "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "BUSINESS"},
    "note": "Rent November",
    "expiration": _EXPIRY,
}


class Rate(msgspec.Struct, frozen=True):
    """One call: translations a second (median over the rounds), and how many times the peer's rate that is."""

    call: str
    mode: str
    per_second: int
    times_peer: float


def measure() -> list[Rate]:
    """All calls in both modes; about a minute in all."""
    return [_measured(name, way, mode) for mode in Mode for name, way in PEER]


def _measured(name: str, way: str, mode: Mode) -> Rate:
    options = Options(now=_NOW, new_id=lambda: "01KAF0000000000000000000ZZ", mode=mode)
    forward = _sources(options)[name]
    if way == "to ISO":
        rate = _rate(to_iso, name, forward, options)
    else:
        message = msgspec.json.encode(to_iso(name, forward, options).body)
        rate = _rate(to_fspiop, name, Source(msgspec.json.decode(message)), options)
    return Rate(f"{NAMES[name]} {way}", mode.value, round(rate), round(rate / PEER[name, way], 1))


def _rate(
    translate: Callable[[str, Source, Options], Translation], name: str, source: Source, options: Options
) -> float:
    def run(count: int) -> float:
        begun = time.process_time()
        for _ in range(count):
            translate(name, source, options)
        return time.process_time() - begun

    count = 200
    while (spent := run(count)) < ROUND_S / 4:
        count *= 2
    count = int(count * ROUND_S / spent) + 1
    return statistics.median(count / run(count) for _ in range(ROUNDS))


def _sources(options: Options) -> dict[str, Source]:
    """The four messages of one payment, each with the earlier one it needs."""
    data = msgspec.json.encode({key: _REQUEST[key] for key in ("quoteId", "transactionId", "payee", "payer", "amount")})
    packet = ilp.encode(ilp.Prepare(1500, datetime(2026, 11, 20, 8, 0, 30, tzinfo=UTC), _CONDITION, data))
    sealed = {"ilpPacket": packet, "condition": _CONDITION, "expiration": _EXPIRY}
    money = {"currency": "XOF", "amount": "1500"}
    answer = {"transferAmount": money, "payeeReceiveAmount": money, "payeeFspFee": {**money, "amount": "5"}, **sealed}
    prepare = {
        "transferId": _TRANSFER, "payeeFsp": "dfsp.blue", "payerFsp": "dfsp.green", "amount": money, **sealed,
    }  # fmt: skip
    fulfil = {"transferState": "COMMITTED", "fulfilment": _CONDITION, "completedTimestamp": "2026-11-20T08:00:01.250Z"}
    headers = {"fspiop-source": "dfsp.blue", "fspiop-destination": "dfsp.green"}
    asked = Source(_REQUEST)
    request = to_iso("quotes.post", asked, options).body
    answered = Source(answer, headers, {"ID": _QUOTE}, {"isoPostQuote": request})
    response = to_iso("quotes.put", answered, options).body
    return {
        "quotes.post": asked,
        "quotes.put": answered,
        "transfers.post": Source(prepare, context={"isoPostQuoteResponse": response}),
        "transfers.put": Source(fulfil),
    }


def table(rates: list[Rate]) -> Table:
    """The rates for people."""
    shown = Table(title="Translator, one core, median of five rounds", title_style="bold")
    shown.add_column("call")
    for mode in Mode:
        shown.add_column(f"{mode.value}, per second", justify="right")
        shown.add_column("times the peer", justify="right")
    for name, way in PEER:
        call = f"{NAMES[name]} {way}"
        found = {rate.mode: rate for rate in rates if rate.call == call}
        cells = [text for mode in Mode for text in (f"{found[mode].per_second:,}", f"{found[mode].times_peer}")]
        shown.add_row(call, *cells)
    return shown
