"""A small scheme for tests: two banks, two DFSPs, the hub; messages pass the real gate and the real schemas."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from iso import gate
from iso.messages import business
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs008 import Pacs008
from schemas.canonical.commands import Prepare
from schemas.canonical.events import Event, EventBody
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.money import Money
from schemas.canonical.participants import IsoProfile, Participant
from schemas.canonical.party import Party, PartyId
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect, Envelope, Original
from schemas.catalogue import Catalogue
from switch.originals import XmlOriginals
from translator.dialect import HubIdentity, Outgoing, RenderContext, render
from translator.iso.agents import AgentIds, AgentIndex, Directory
from translator.iso.checks import Scheme
from translator.iso.transfers import prepare

GOLDEN = Path(__file__).parents[2] / "golden"
NOW = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)
UUID = "8a562c67-ca16-48ba-b074-65581be6f001"
PACKET = "AYIBgQAAAAAAAASw"
HASH = "Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0"
HUB = HubIdentity(bic="HUBBKENA", clearing_system="LOOP")
SCHEME = Scheme(HUB)
CATALOGUE = Catalogue()

BANK_A = Participant(FspId("banka"), iso=IsoProfile(bic="BANAKENA", lei="529900T8BM49AURSDO55", other_ids=("A-1",)))
BANK_B = Participant(FspId("bankb"), iso=IsoProfile(bic="BANBKENAXXX", clearing_member_id="3333"))
DFSP_X = Participant(FspId("dfspx"))
DFSP_Y = Participant(FspId("dfspy"))
PARTICIPANTS = {found.name: found for found in (BANK_A, BANK_B, DFSP_X, DFSP_Y)}


class Members(AgentIndex):
    """The directory of the tests."""

    def __init__(self, *participants: Participant) -> None:
        found = participants or tuple(PARTICIPANTS.values())
        super().__init__(found, HUB)
        self._named = {each.name: each for each in found}

    def participant(self, name: FspId) -> Participant | None:
        """The participant of that name."""
        return self._named.get(name)


DIRECTORY: Directory = Members()
CONTEXT = RenderContext(NOW, "01M7V41F00YXGR0XXRXVQ3ZQSM", PARTICIPANTS.get, HUB, XmlOriginals())


def typed(body: bytes) -> Pacs008 | Pacs002:
    """The typed message in bytes that the gate and the schema let through."""
    parsed = gate.read(body)
    assert parsed.document_el is not None
    assert gate.check(parsed, CATALOGUE) == []
    document = business.read(None, parsed.document_el).document
    assert isinstance(document, Pacs008 | Pacs002)
    return document


def payment(body: bytes) -> Pacs008:
    """The same, known to be a pacs.008."""
    found = typed(body)
    assert isinstance(found, Pacs008)
    return found


def original(body: bytes, target: str = "pacs.008.001.08", dialect: Dialect = Dialect.ISO_XML, **more: str) -> Original:
    """A message as it was received."""
    headers = (
        ("Content-Type", f"application/vnd.interoperability.transfers+json;version={more.get('version', '1.1')}"),
        ("FSPIOP-Source", more.get("source", "dfspx")),
    )
    return Original(dialect, more.get("method", "POST"), target, headers, body, hashlib.sha256(body).hexdigest())


def bank_envelope(body: bytes = b"", sender: str = "banka") -> Envelope:
    """Around a bank's message."""
    return Envelope(FspId(sender), Dialect.ISO_XML, message_id="B-1", received_at=NOW, original=original(body))


def dfsp_envelope(sender: str = "dfspx", receiver: str = "bankb") -> Envelope:
    """Around a DFSP's message."""
    return Envelope(FspId(sender), Dialect.FSPIOP, FspId(receiver), version="1.1", received_at=NOW)


def prepared(message: Pacs008, *, addressed: str = "Hub", directory: Directory = DIRECTORY) -> Prepare:
    """The Prepare that bank A's message becomes."""
    command = prepare(message, bank_envelope(), AgentIds(other_id=addressed), directory, SCHEME)
    assert isinstance(command, Prepare)
    return command


def transfer(terms: Terms | None = None, **fields: object) -> Transfer:
    """A reserved transfer of 12.5 USD from DFSP X to bank B, with other values where given."""
    amount = Money.parse_fspiop("12.5", "USD")
    payer = Party(PartyId("MSISDN", "22507008181"), FspId("dfspx"), first_name="Awa", last_name="Koné")
    payee = Party(PartyId("IBAN", "DE89370400440532013000"), FspId("bankb"), name="Blumen Otto")
    given = terms or Terms(UUID, amount, payer, payee, note="Roses", packet=PACKET, condition=HASH)
    base = Transfer(
        TransferId(UUID), FspId("dfspx"), FspId("bankb"), amount, NOW + timedelta(seconds=30), given,
        TransferState.RESERVED, b"hash", NOW, condition=HASH,
    )  # fmt: skip
    return msgspec.structs.replace(base, **fields)


def told(body: EventBody, receiver: Participant, source: Original | None = None) -> Outgoing:
    """What that event is on the wire, for that receiver."""
    return render(Event(receiver.name, body, original=source), receiver, CONTEXT)


def refusal(code: str = "3204", iso: str = "BE06", text: str = "Party not found") -> Fault:
    """A participant's own refusal."""
    return Fault("PARTICIPANT", code, iso, text)
