"""The scheme of scene.py with a second currency: a payee that holds euros only, and two providers that hold both."""

import hashlib

import msgspec

from schemas.canonical.commands import Expire, Fulfil, Prepare, Query, Reject
from schemas.canonical.faults import participant_fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import AccountType, LedgerAccount, Participant
from schemas.canonical.party import Party
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Answered
from schemas.canonical.wire import Envelope
from tests.unit.switch.scene import CONDITION, EXPIRY, FULFILMENT, ID, PAYER, Scene, envelope, told

FXP, FXP2, EURO = FspId("fxp1"), FspId("fxp2"), FspId("eurofsp")
FX = TransferId("aaaaaaaa-ee48-4575-b6a9-ead2955b8069")
FX2 = TransferId("bbbbbbbb-ee48-4575-b6a9-ead2955b8069")
PROVIDER_SAYS = participant_fault("2000", "NARR", "This is a generic error")
FX_EXPIRE, EXPIRE = Expire("transfer", FX), Expire("transfer", ID)


def usd(amount) -> Money:
    return Money.parse_fspiop(str(amount), "USD")


def eur(amount) -> Money:
    return Money.parse_fspiop(str(amount), "EUR")


class FxScene(Scene):
    """`value` of an owner is its position in whole units of a currency; `sums` of all positions."""

    def __init__(self, cap=1000, cover=500, **fields):
        super().__init__(**fields)
        number = 20
        for owner in (FXP, FXP2, EURO):
            currencies = ("EUR",) if owner == EURO else ("USD", "EUR")
            self.resident.put(Participant(owner, currencies=currencies))
            for currency in currencies:
                number += 2
                kinds = (AccountType.POSITION, AccountType.SETTLEMENT)
                position, settlement = (
                    LedgerAccount(number + n, owner, kind, currency, active=True) for n, kind in enumerate(kinds)
                )
                self.change(position, cap=cap * 10_000)
                self.change(settlement, credits_posted=cover * 10_000)
        for kind in (AccountType.HUB_RECONCILIATION, AccountType.HUB_MULTILATERAL_SETTLEMENT):
            number += 2
            self.resident.put(LedgerAccount(number, FspId("Hub"), kind, "EUR", True))

    def account(self, owner, currency, kind=AccountType.POSITION) -> LedgerAccount:
        return self.get(LedgerAccount, self.resident.account_id(owner, kind, currency))

    def limit(self, owner, currency, cap=1000, cover=500) -> None:
        self.change(self.account(owner, currency), cap=cap * 10_000)
        self.change(self.account(owner, currency, AccountType.SETTLEMENT), credits_posted=cover * 10_000)

    def positions(self) -> dict[str, int]:
        """What moved: `owner currency` to the value of its position, where that is not 0."""
        held = [one for one in self.resident.all(LedgerAccount) if one.type is AccountType.POSITION]
        return {f"{one.owner} {one.currency}": one.value // 10_000 for one in held if one.value}

    def at_rest(self) -> bool:
        """Whether nothing is reserved anywhere."""
        held = self.resident.all(LedgerAccount)
        return not any(one.debits_pending or one.credits_pending for one in held)

    def states(self) -> tuple[str | None, ...]:
        """Of the conversion and of the transfer."""
        found = (self.transfer(FX), self.transfer(ID))
        return tuple(one.state.value if one else None for one in found)

    def play(self, *steps):
        """Do all, give the batch of the last; a number of seconds moves the clock to that long after the expiry."""
        batch = None
        for step in steps:
            if isinstance(step, int):
                self.now = EXPIRY + step * (EXPIRY - EXPIRY.replace(second=EXPIRY.second - 1))
            else:
                batch = self.do(step)
        return batch


def convert(key=FX, initiator=PAYER, provider=FXP, source=None, target=None, sender=None, content="c", **fields):
    """An fxTransfer: 100 USD for 90 EUR, unless told otherwise."""
    source, target = source or usd(100), target or eur(90)
    fields.setdefault("determines", ID)
    fields.setdefault("expiry", EXPIRY)
    fields.setdefault("condition", CONDITION)
    terms = Terms(key, source, Party(fsp=initiator), Party(fsp=provider), payee_receives=target)
    sent = envelope(sender or initiator, provider, content, version="2.0")
    return Prepare(sent, key, initiator, provider, source, terms=terms, target=target, **fields)


def agree(key=FX, sender=FXP, receiver=PAYER, fulfilment=FULFILMENT, content="a"):
    """The provider's PUT."""
    sent = envelope(sender, receiver, content, version="2.0")
    return Fulfil(sent, key, Answered.RESERVED, fulfilment, resource="fxTransfers")


def decline(key=FX, sender=FXP, receiver=PAYER, content="d"):
    """The provider's PUT error."""
    return Reject(envelope(sender, receiver, content, version="2.0"), key, PROVIDER_SAYS, "fxTransfers")


def ask(sender=PAYER, key=FX, resource="fxTransfers"):
    return Query(envelope(sender), key, resource)


def pay(amount=None, payee=EURO, payer=PAYER, content="p", **fields):
    """The transfer that determines it."""
    amount = amount or eur(90)
    fields.setdefault("expiry", EXPIRY)
    fields.setdefault("terms", Terms(ID, amount, Party(fsp=payer), Party(fsp=payee)))
    return Prepare(envelope(payer, payee, content), ID, payer, payee, amount, condition=CONDITION, **fields)


def accept(word="COMMITTED", sender=EURO, receiver=PAYER, fulfilment=FULFILMENT, content="f"):
    """The payee's PUT."""
    return Fulfil(envelope(sender, receiver, content), ID, Answered(word), fulfilment)


def refuse(sender=EURO, receiver=PAYER):
    """The payee's PUT error."""
    return Reject(envelope(sender, receiver, "r"), ID, participant_fault("5104", "MS02", "Payee rejected"))


def said(batch):
    """Who was told what; alarms are the operator's."""
    return [words for words in told(batch) if not words.endswith("@operator")]


def with_content(command, content):
    """The same message with other content."""
    sent: Envelope = msgspec.structs.replace(command.envelope, content_hash=hashlib.sha256(content.encode()).digest())
    return msgspec.structs.replace(command, envelope=sent)
