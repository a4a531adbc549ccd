"""One pacs.008 on its way to a DFSP and back, laid side by side: what goes where, and what is lost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from iso.messages.fields import FinancialInstitution
from iso.messages.pacs008 import Pacs008
from schemas.canonical.commands import Refuse
from schemas.canonical.events import Event, Reserved, TermsAsked
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, derived_uuid
from schemas.canonical.participants import IsoProfile, Participant
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope, Original
from translator.dialect import RenderContext, render
from translator.iso import letters
from translator.iso.agents import AgentIds, AgentIndex, ids_of
from translator.iso.checks import Scheme
from translator.iso.held import not_held
from translator.iso.transfers import prepare
from translator.isojson.convert import Options, Source, to_iso
from translator.losses import Loss, leaves
from translator.outgoing import Task

Seal = Callable[[Terms], tuple[str, str]]
"""Gives the ILP packet and the condition that the payee's FSP would put into its quote."""
_MESSAGE_ID: Final = "00000000000000000000000000"
_NAME_MAX: Final = 32
_NOT_ON_THE_WIRE: Final = (".kind", "definition")


class Row(msgspec.Struct, frozen=True):
    """One value of the pacs.008: its place there, its places in quote and transfer, and what comes back.

    `iso_json`: the places in quote and transfer as the ISO variant of FSPIOP has them.
    """

    path: str
    value: str
    fspiop: tuple[str, ...] = ()
    back: str | None = None
    iso_json: tuple[str, ...] = ()


class Conversion(msgspec.Struct, frozen=True):
    """Quote and transfer as the DFSP gets them, the pacs.008 that can be made from the hub's record, and the losses.

    `iso_quote` and `iso_transfer`: the same for a DFSP that speaks the ISO variant. `fault` is why the hub would refuse
    the payment, if it would. `others`: how many more payments the message holds; only the first is shown.
    """

    quote: bytes
    transfer: bytes
    back: bytes
    rows: tuple[Row, ...]
    losses: tuple[Loss, ...]
    fault: Fault | None = None
    iso_quote: bytes = b""
    iso_transfer: bytes = b""
    others: int = 0


class Pair(AgentIndex):
    """The only two participants there are: the bank that pays and the DFSP that is paid."""

    def __init__(self, bank: Participant, payee: Participant) -> None:
        """`payee` is the DFSP."""
        super().__init__((bank, payee))
        self.bank = bank
        self.dfsp = msgspec.structs.replace(payee, iso=None)

    def participant(self, name: FspId) -> Participant | None:
        """Either of the two."""
        return {self.bank.name: self.bank, self.dfsp.name: self.dfsp}.get(name)


def convert(message: Pacs008, original: Original, now: datetime, seal: Seal) -> Conversion | Fault:
    """Translate the first payment as if the creditor's agent were a DFSP; a Fault if it cannot be taken."""
    if not message.transactions:
        return Fault("MISSING_ELEMENT", "3102", "FF01", "the message holds no transaction")
    first, *others = message.transactions
    if others:
        message = msgspec.structs.replace(
            message, transactions=(first,), number_of_transactions="1", control_sum=None, total_amount=None
        )
    pair = Pair(member(first.debtor_agent, "payerbank"), member(first.creditor_agent, "payeefsp"))
    envelope = Envelope(pair.bank.name, Dialect.ISO_XML, message_id=message.message_id, original=original)
    command = prepare(message, envelope, AgentIds(), pair, Scheme())
    if isinstance(command, Refuse):
        return command.fault
    terms = msgspec.structs.replace(command.terms, quote_id=derived_uuid("quote", command.transfer_id))
    packet, condition = seal(terms)
    terms = msgspec.structs.replace(terms, packet=packet, condition=condition)
    transfer = Transfer(
        command.transfer_id, pair.bank.name, pair.dfsp.name, command.amount, command.expiry, terms,
        TransferState.RESERVED, b"", now, condition=condition,
    )  # fmt: skip
    context = RenderContext(now, _MESSAGE_ID, pair.participant)
    asked = TermsAsked(pair.bank.name, terms.quote_id or "", terms)
    quote = render(Event(pair.dfsp.name, asked), pair.dfsp, context)
    sent = render(Event(pair.dfsp.name, Reserved(transfer)), pair.dfsp, context)
    iso = IsoProfile(versions={"pacs.008": message.definition})
    task = Task(msgspec.structs.replace(pair.dfsp, iso=iso), context)
    back = letters.render(Event(pair.dfsp.name, Reserved(transfer)), task)
    variant = json_bodies(quote.body, sent.body, now)
    rows = _rows(message, (quote.body, sent.body), variant, back.body)
    losses = (*not_held(message), *quote.losses, *sent.losses, *back.losses)
    return Conversion(quote.body, sent.body, back.body, rows, losses, command.fault, *variant, len(others))


def json_bodies(quote: bytes, transfer: bytes, now: datetime) -> tuple[bytes, bytes]:
    """Quote and transfer in FSPIOP-ISO JSON, as the DFSP would get them one after the other."""
    options = Options(now=now, new_id=lambda: _MESSAGE_ID)
    asked = to_iso("quotes.post", Source(msgspec.json.decode(quote)), options).body
    source = Source(msgspec.json.decode(transfer), context={"isoPostQuoteResponse": asked})
    sent = to_iso("transfers.post", source, options).body
    return msgspec.json.encode(asked), msgspec.json.encode(sent)


def member(agent: FinancialInstitution | None, default: str) -> Participant:
    """A participant with the identifiers of an agent, named by the first of them."""
    ids = ids_of(agent)
    name = ids.other_id or ids.member_id or ids.bicfi or ids.lei or default
    others = (ids.other_id,) if ids.other_id else ()
    return Participant(FspId(name[:_NAME_MAX]), iso=IsoProfile(ids.bicfi, ids.lei, ids.member_id, others))


def _rows(message: Pacs008, bodies: tuple[bytes, bytes], variant: tuple[bytes, bytes], back: bytes) -> tuple[Row, ...]:
    fspiop, iso_json = _places(bodies), _places(variant)
    text = back.decode()
    return tuple(
        Row(
            path,
            value,
            tuple(fspiop.get(plain(value), ())),
            value if f">{_escaped(value)}<" in text else None,
            tuple(iso_json.get(plain(value), ())),
        )
        for path, value in leaves(message)
        if not path.endswith(_NOT_ON_THE_WIRE)
    )


def _places(bodies: tuple[bytes, bytes]) -> dict[str, list[str]]:
    """Where each value stands in quote and transfer; an envelope is no place for people to read."""
    found: dict[str, list[str]] = {}
    for name, body in zip(("quote", "transfer"), bodies, strict=True):
        content = msgspec.json.decode(body)
        content.pop("SplmtryData", None)
        for path, value in _json_leaves(content, name):
            found.setdefault(plain(value), []).append(path)
    return found


def _json_leaves(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _json_leaves(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in _json_leaves(inner, f"{path}.{index}")]
    return [(path, str(value))]


def plain(value: str) -> str:
    """Amounts and numbers are equal whatever zeros end them; a telephone number with or without its plus."""
    bare = value.removeprefix("+")
    return bare.rstrip("0").rstrip(".") if "." in bare and bare.replace(".", "").isdecimal() else bare


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
