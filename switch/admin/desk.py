"""What every operator route needs: a way to do a command, to read records, and to answer in the API's JSON."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response

from fspiop.errors import http_status
from schemas.canonical.commands import Command
from schemas.canonical.faults import fault
from schemas.canonical.fees import FeeRule
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.wire import Receipt
from schemas.codes.currencies import minor_units
from switch.admin.bodies import RefusalError, read
from switch.bus.port import Bus, BusyError
from switch.engine import Parcel
from switch.ring import Ring
from switch.store.port import Store
from switch.xml_ring import XmlRing

__all__ = ["Desk", "HubKeys", "RefusalError", "answer", "body_of", "instant", "money", "number", "refusal"]

LEDGER = "ledger"
_SCALE = 4
_INTEGER_DIGITS = 18
T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(decimal_format="number")

_BUSY = 503


class HubKeys(msgspec.Struct, frozen=True):
    """What everybody may verify the hub's messages with: its keys of business messages and its JWS keys."""

    xml: XmlRing
    ring: Ring


class Desk:
    """The operator's way into the hub: commands go over the bus to the ledger lane, reads go to the store."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        hub: FspId,
        currencies: frozenset[str] | None = None,
        hub_keys: HubKeys | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        fee_rules: tuple[FeeRule, ...] = (),
    ) -> None:
        """Work for the hub of that name; `currencies` are those it may hold money in (None: all of ISO 4217).

        `fee_rules` are those of the settings.
        """
        self.fee_rules = fee_rules
        self.clock = clock
        self._currencies = currencies
        self.hub_keys = hub_keys
        self._bus = bus
        self._store = store
        self.hub = hub

    async def do(self, command: Command) -> Receipt:
        """Have the ledger lane decide a command, gives its receipt; raises RefusalError with its fault."""
        try:
            receipt = await self._bus.ask_lane(LEDGER, Parcel(command))
        except BusyError as busy:
            raise RefusalError(fault("UNAVAILABLE", str(busy))) from busy
        if receipt.fault is not None:
            raise RefusalError(receipt.fault)
        return receipt

    def currency(self, code: str) -> str:
        """A currency that the hub may hold money in; raises RefusalError."""
        known = minor_units(code) is not None if self._currencies is None else code in self._currencies
        if not known:
            raise RefusalError(fault("UNKNOWN_CURRENCY", f'"currency" must be one in use here, {code[:8]} is not'))
        return code

    async def participants(self) -> list[Participant]:
        """All participants, the hub first, then in the order of their names."""
        found: list[Participant] = await self._store.records(Participant)
        if all(participant.name != self.hub for participant in found):
            # The hub is written with the first command; it is there from the start.
            found = [Participant(self.hub), *found]
        return sorted(found, key=lambda participant: (participant.name.lower() != self.hub.lower(), participant.name))

    async def participant(self, name: str, missing: str = "Participant does not exist") -> Participant:
        """One participant; the hub's name is compared without case. Raises RefusalError 3200 with that text."""
        wanted = self.name(name)
        for participant in await self.participants():
            if participant.name == wanted:
                return participant
        raise RefusalError(fault("ID_NOT_FOUND", missing))

    def name(self, name: str) -> FspId:
        """The participant name of a path: the hub's is recognised in any case."""
        return self.hub if name.lower() == self.hub.lower() else FspId(name)

    async def accounts(self, owner: FspId) -> list[LedgerAccount]:
        """A participant's accounts in the order they were opened."""
        found: list[LedgerAccount] = await self._store.records(LedgerAccount)
        return sorted((account for account in found if account.owner == owner), key=lambda account: account.id)

    async def records(self, kind: type[T]) -> list[T]:
        """All records of a small kind."""
        found: list[T] = await self._store.records(kind)
        return found

    @property
    def store(self) -> Store:
        """The store, for queries of single objects."""
        return self._store


async def body_of(request: Request, kind: type[T]) -> T:
    """Read a JSON body; numbers become exact decimals. Raises RefusalError in the words of `bodies`."""
    return read(await request.body(), kind)


def money(amount: Decimal, currency: str) -> Money:
    """An exact amount of a JSON number (units of 10^-4); raises RefusalError if it is finer, negative or not finite."""
    if minor_units(currency) is None:
        raise RefusalError(fault("UNKNOWN_CURRENCY", f"'{currency[:8]}' is not a currency in use here"))
    shown = str(amount)[:40]
    if not amount.is_finite() or amount < 0:
        raise RefusalError(fault("MALFORMED_AMOUNT", f"'{shown}' is not an amount"))
    units = _units(amount) if amount else 0
    if units is None:
        raise RefusalError(fault("MALFORMED_AMOUNT", f"'{shown}' has more than 4 decimals or 18 digits"))
    return Money(units, currency)


def _units(amount: Decimal) -> int | None:
    """Units of 10^-4, None if there is no such whole number. The usual decimal context would round without a word."""
    if not -_SCALE <= amount.adjusted() < _INTEGER_DIGITS:
        return None
    exact = Context(prec=len(amount.as_tuple().digits) + _SCALE)
    units = amount.scaleb(_SCALE, exact)
    return int(units) if units == units.to_integral_value(context=exact) else None


def number(units: int) -> Decimal:
    """Units of 10^-4 as the API's JSON number, without trailing zeros."""
    value = Decimal(units).scaleb(-4)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def instant(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC with milliseconds."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def answer(content: Any, status: int = 200) -> Response:
    """A JSON answer; decimals are written as numbers, exactly."""
    return Response(_ENCODER.encode(content), status_code=status, media_type="application/json")


def refusal(error: RefusalError) -> Response:
    """The errorInformation body with the HTTP status of the code's group."""
    body = {"errorCode": error.fault.fspiop, "errorDescription": error.fault.description}
    found = answer({"errorInformation": body}, http_status(error.fault.fspiop))
    if found.status_code == _BUSY:
        found.headers["retry-after"] = "1"
    return found
