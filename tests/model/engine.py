"""The real engine, translator and books behind the plain hub's words: what is said to it, what participants get."""

import base64
import hashlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from schemas.canonical.commands import (
    Command,
    Expire,
    Fulfil,
    Prepare,
    Query,
    RecordFunds,
    Reject,
    SetAccountActive,
    SetLimit,
    SetParticipantActive,
)
from schemas.canonical.events import Event
from schemas.canonical.faults import participant_fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount, Participant, SettlementModel
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered, Transfer
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.engine import Batch, Parcel, deadlines, run
from switch.funds import IN, OUT_ABORT, OUT_COMMIT, OUT_RESERVE
from switch.lanes import LEDGER, STEPS
from switch.notices import OPERATOR
from switch.profile import Profile
from switch.state import Resident, State
from tests.model.plain import HUB, TRANSFERS, Account, Payment, Tell
from translator.dialect import RenderContext, render

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
UNIT = 10_000
FULFILMENT = base64.urlsafe_b64encode(b"f" * 32).rstrip(b"=").decode()
WRONG = base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()
CONDITION = base64.urlsafe_b64encode(hashlib.sha256(b"f" * 32).digest()).rstrip(b"=").decode()


class Engine:
    """One owner of the ledger lane; a batch is decided at once."""

    def __init__(self, members: dict[str, tuple[str, ...]], *, deposit: int, cap: int) -> None:
        """The same members, deposits and caps as the plain hub's."""
        numbers = itertools.count(1)
        self.now = 0
        self.accounts: dict[Account, tuple[int, int]] = {}
        records: list[Participant | LedgerAccount | SettlementModel] = [Participant(FspId(HUB)), SettlementModel("NET")]
        for name, held in members.items():
            records.append(Participant(FspId(name), currencies=held))
            for currency in held:
                pair = next(numbers), next(numbers)
                self.accounts[name, currency] = pair
                position, settlement = (
                    LedgerAccount(number, FspId(name), kind, currency, active=True)
                    for number, kind in zip(pair, (AccountType.POSITION, AccountType.SETTLEMENT), strict=True)
                )
                records.append(msgspec.structs.replace(position, cap=cap * UNIT))
                records.append(msgspec.structs.replace(settlement, credits_posted=deposit * UNIT))
        for currency in sorted({currency for held in members.values() for currency in held}):
            kinds = (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT)
            records += [LedgerAccount(next(numbers), FspId(HUB), kind, currency, active=True) for kind in kinds]
        self.resident = Resident(records)
        self._histories: dict[str, int] = {}

    def do(self, commands: list[Command]) -> list[Tell]:
        """Decide a batch; what the participants are sent for it, in order."""
        state = State(self.moment(self.now), Profile(), self.resident)
        batch = run(state, STEPS[LEDGER], [Parcel(command) for command in commands])
        for record in batch.puts:
            self.resident.put(record)
        self._look_at(batch)
        return [self._told(event) for event in batch.events if event.receiver != OPERATOR]

    def _look_at(self, batch: Batch) -> None:
        """Histories have no gap, and all that is open will be thought of when its time has come."""
        for row in batch.history:
            assert row.number == self._histories.get(row.transfer_id, 0) + 1
            self._histories[row.transfer_id] = row.number
        thought_of = {expire.key: due for due, expire in deadlines(batch.puts) if expire.kind == "transfer"}
        opened = [put for put in batch.puts if isinstance(put, Transfer) and not put.final]
        assert thought_of == {put.id: put.expiry for put in opened}

    def _told(self, event: Event) -> Tell:
        receiver = self.resident.get(Participant, event.receiver)
        assert receiver is not None
        context = RenderContext(self.moment(self.now), "01KAF0000000000000000000ZZ", self._participant)
        made = render(event, receiver, context)
        body = msgspec.json.decode(made.body) if made.body else {}
        word = body.get("transferState") or body.get("conversionState") or ""
        if "errorInformation" in body:
            word = body["errorInformation"]["errorCode"]
        return Tell(event.receiver, made.method, made.path, word, made.source)

    def _participant(self, name: FspId) -> Participant | None:
        return self.resident.get(Participant, name)

    def moment(self, second: int) -> datetime:
        """A second of the model."""
        return START + timedelta(seconds=second)

    def states(self) -> dict[str, str]:
        """Payment -> where it stands."""
        return {found.id: found.state.value for found in self.resident.all(Transfer)}

    def position(self, account: Account) -> int:
        """What a participant owes."""
        return self._account(self.accounts[account][0]).value

    def deposit(self, account: Account) -> int:
        """What it has deposited and not reserved to take away."""
        return -self._account(self.accounts[account][1]).value

    def reserved(self, account: Account) -> int:
        """What is held on its position."""
        return self._account(self.accounts[account][0]).debits_pending

    def _account(self, number: int) -> LedgerAccount:
        found = self.resident.get(LedgerAccount, str(number))
        assert found is not None
        return found

    def unbalanced(self) -> Iterator[str]:
        """Currencies in which debits are not credits, posted or pending; deposits of the start have no other side."""
        accounts = list(self.resident.all(LedgerAccount))
        for currency in sorted({one.currency for one in accounts}):
            own = [one for one in accounts if one.currency == currency]
            pending = sum(one.debits_pending - one.credits_pending for one in own)
            posted = sum(one.debits_posted - one.credits_posted for one in own) + self._began_with(currency)
            if pending or posted:
                yield currency

    def begin(self) -> None:
        """Remember what was there at the start."""
        self._start = {str(one.id): one.credits_posted for one in self.resident.all(LedgerAccount)}

    def _began_with(self, currency: str) -> int:
        return sum(self._start[str(one.id)] for one in self.resident.all(LedgerAccount) if one.currency == currency)

    def funds_state(self, key: str) -> str | None:
        """Where a movement of funds stands."""
        found = self.resident.get(FundsMovement, key)
        return found.state.value if found else None


def prepare(sender: str, new: Payment, second: datetime) -> Prepare:
    """POST, with the expiry as a moment."""
    kind = new.kind
    payer, payee, amount = FspId(new.payer), FspId(new.payee), _money(new.money)
    target = _money(new.target) if new.target else None
    terms = Terms(new.key, amount, Party(fsp=payer), Party(fsp=payee), payee_receives=target)
    determines = TransferId(new.waits_for) if new.waits_for else None
    return Prepare(
        _envelope(sender, new.payee, "POST", f"/{kind}", {}, new.text), TransferId(new.key), payer, payee, amount,
        second, terms, CONDITION if new.sound else "short", target=target, determines=determines,
    )  # fmt: skip


def fulfil(
    sender: str, to: str | None, key: str, kind: str, word: str, text: str, *, fits: bool, version: str
) -> Fulfil:
    """PUT."""
    state = "transferState" if kind == TRANSFERS else "conversionState"
    sent = _envelope(sender, to, "PUT", f"/{kind}/{key}", {state: word}, text, version)
    return Fulfil(sent, TransferId(key), Answered(word), FULFILMENT if fits else WRONG, resource=kind)


def reject(sender: str, to: str | None, key: str, kind: str, code: str, text: str) -> Reject:
    """PUT error."""
    error = {"errorInformation": {"errorCode": code, "errorDescription": "No"}}
    sent = _envelope(sender, to, "PUT", f"/{kind}/{key}/error", error, text)
    return Reject(sent, TransferId(key), participant_fault(code, "NARR", "No"), kind)


def query(sender: str, key: str, kind: str) -> Query:
    """GET."""
    return Query(_envelope(sender, None, "GET", f"/{kind}/{key}", {}, ""), TransferId(key), kind)


def expire(key: str) -> Expire:
    """The lane's own alarm clock."""
    return Expire("transfer", key)


def cap(account: Account, units: int) -> SetLimit:
    """PUT limits."""
    return SetLimit(FspId(account[0]), _money((units, account[1])))


def switch(name: str, *, on: bool) -> SetParticipantActive:
    """PUT participants."""
    return SetParticipantActive(FspId(name), on)


def switch_account(name: str, number: int, *, on: bool) -> SetAccountActive:
    """PUT accounts."""
    return SetAccountActive(FspId(name), number, on)


def funds(account: Account, number: int, key: str, action: str, units: int | None = None) -> RecordFunds:
    """POST funds in or out; `action` in short."""
    word = {"in": IN, "out": OUT_RESERVE, "commit": OUT_COMMIT, "abort": OUT_ABORT}[action]
    amount = None if units is None else _money((units, account[1]))
    return RecordFunds(FspId(account[0]), number, TransferId(key), word, amount)


def _money(money: tuple[int, str]) -> Money:
    return Money(money[0] * UNIT, money[1])


def _envelope(
    sender: str, to: str | None, method: str, target: str, body: dict[str, object], text: str, version: str = "2.0"
) -> Envelope:
    content = msgspec.json.encode(body)
    headers = (("fspiop-source", sender), ("content-type", f"application/json;version={version}"))
    received = Original(Dialect.FSPIOP, method, target, headers, content, hashlib.sha256(content).hexdigest())
    digest = hashlib.sha256(text.encode()).digest()
    receiver = FspId(to) if to else None
    return Envelope(FspId(sender), Dialect.FSPIOP, receiver, content_hash=digest, version=version, original=received)
