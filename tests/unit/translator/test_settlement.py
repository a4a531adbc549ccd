"""Messages to and from a settlement agent: what is written keeps every version's schema and says what was decided."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from iso import gate
from iso.messages import business, camt053, camt054, pacs002, pacs009, pacs010, pacs028, pacs029
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.fields import FinancialInstitution, Reason
from iso.messages.pacs002 import GroupStatus, Pacs002, TransactionStatus
from iso.messages.shape import Amount
from iso.messages.statements import Balance, Entry, EntryDetails, Statement, StatementAccount, Transaction
from schemas.canonical.conversion import AgentLeg
from schemas.canonical.events import Delivery, Event
from schemas.canonical.funds import FundsDirection, FundsMovement, FundsState
from schemas.canonical.identity import FspId, TransferId
from schemas.canonical.instruction_ids import (
    leg_id,
    leg_uetr,
    message_id,
    movement_id,
    named,
    named_leg,
    return_id,
)
from schemas.canonical.instructions import (
    AgentAsked,
    AgentMovement,
    AgentOriginal,
    FundsInstructed,
    GrossInstructed,
    InstructionState,
    MovementState,
    SettlementInstructed,
    SettlementInstruction,
)
from schemas.canonical.money import Money
from schemas.canonical.participants import IsoProfile, Participant
from schemas.canonical.party import Party
from schemas.canonical.settlement_agents import AgentMember, Instrument
from schemas.canonical.terms import Terms
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import AgentName, Dialect, Envelope
from schemas.catalogue import Catalogue
from translator.dialect import HubIdentity, RenderContext, render
from translator.iso import settled
from translator.iso.agents import AgentIndex

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=30)
CATALOGUE = Catalogue()
AGENT, BLUE, PINK = FspId("centralbank"), FspId("bluebank"), FspId("pinkwallet")
MEMBERS = {
    AGENT: Participant(AGENT, iso=IsoProfile(bic="CBNKKENA", callback_url="http://c"), settles=True),
    BLUE: Participant(BLUE, iso=IsoProfile(bic="BLUEKENA", lei="529900T8BM49AURSDO55")),
    PINK: Participant(PINK),
}
MOVEMENTS = (
    AgentMovement("S7USD1M3", 3, BLUE, 1_234_500, "A-1", MovementState.SENT),
    AgentMovement("S7USD1M5", 5, PINK, -1_234_500, "A-2", MovementState.SENT, AgentName(bic="SETLKENA", member="77")),
)


class Members(AgentIndex):
    """The directory of these tests."""

    def participant(self, name):
        return MEMBERS.get(name)


DIRECTORY = Members(MEMBERS.values())
INSTRUCTION = SettlementInstruction(
    7, "USD", 1, AGENT, Instrument.REQUEST, "SCHEME", "2026-11-20-7", InstructionState.RECORDED, MOVEMENTS, NOW, UNTIL
)
TRANSFER = Transfer(
    TransferId("b51ec534-ee48-4575-b6a9-ead2955b8069"), BLUE, PINK, Money(100_000, "USD"), UNTIL,
    Terms("d1d1d1d1-ee48-4575-b6a9-ead2955b8069", Money(100_000, "USD"), Party(), Party()),
    TransferState.FULFILLED_WAITING, b"", NOW,
)  # fmt: skip


def written(body, version=None):
    """The Document to the agent, checked against its schema."""
    versions = {version[:8]: version} if version else {}
    profile = IsoProfile(bic="CBNKKENA", callback_url="http://c", versions=versions)
    receiver = Participant(AGENT, iso=profile, settles=True)
    context = RenderContext(NOW, "01K0000000000000000000000A", MEMBERS.get, HubIdentity(bic="HUBBKENA"))
    outgoing = render(Event(AGENT, body, Delivery.EXECUTION), receiver, context)
    parsed = gate.read(outgoing.body)
    assert gate.check(parsed, CATALOGUE) == [], outgoing.body
    assert version in (None, outgoing.version)
    return business.read(None, parsed.document_el).document, outgoing


def instructed(message, *ids, back=False):
    return SettlementInstructed(INSTRUCTION, message, ids or tuple(one.id for one in MOVEMENTS), back)


@pytest.mark.parametrize("version", pacs029.VERSIONS)
def test_a_cycle_as_a_request(version):
    message, _ = written(instructed("pacs.029"), version)
    (request,) = message.requests
    assert (message.number_of_requests, message.control_sum, message.settlement_method) == ("1", "246.90", "CLRG")
    assert (request.instruction_id, request.cycle, request.number_of_movements) == ("S7USD1", "2026-11-20-7", "2")
    times = (request.from_time, request.till_time, request.reject_time)
    assert times == ("14:00:00.000Z", "14:30:00.000Z", "14:30:00.000Z")
    debit, credit = request.movements
    assert [(one.id, one.sequence, one.amount, one.direction) for one in (debit, credit)] == [
        ("S7USD1M3", "1", Amount("123.45", "USD"), "DBIT"), ("S7USD1M5", "2", Amount("123.45", "USD"), "CRDT"),
    ]  # fmt: skip
    assert (debit.agent.any_bic, debit.agent_account.other_id) == ("BLUEKENA", "A-1")
    assert (credit.agent.any_bic, credit.agent.ids[0].id, credit.participant.ids[0].id) == ("SETLKENA", "77", PINK)


def test_the_same_instruction_always_has_the_same_message_id():
    first, second = (written(instructed("pacs.029"))[0].message_id for _ in range(2))
    assert first == second == message_id("S7USD1", NOW)
    assert message_id("S7USD2", NOW) != first != message_id("S7USD1", UNTIL)


@pytest.mark.parametrize("version", pacs009.VERSIONS)
@pytest.mark.parametrize(
    ("number", "back", "ends"),
    [(0, False, ("A-1", "SCHEME")), (1, False, ("SCHEME", "A-2")), (0, True, ("SCHEME", "A-1"))],
)
def test_a_movement_as_a_transfer(version, number, back, ends):
    message, _ = written(instructed("pacs.009", MOVEMENTS[number].id, back=back), version)
    (transfer,) = message.transactions
    assert (transfer.debtor_account.other_id, transfer.creditor_account.other_id) == ends
    assert transfer.transaction_id == (return_id(MOVEMENTS[0].id) if back else MOVEMENTS[number].id)
    assert transfer.end_to_end_id == f"S7 {MOVEMENTS[number].participant}"
    assert message.instructed_agent.bicfi == "CBNKKENA"


@pytest.mark.parametrize("version", pacs010.VERSIONS)
def test_debits_as_one_debit(version):
    message, _ = written(instructed("pacs.010", MOVEMENTS[0].id), version)
    (group,) = message.instructions
    (debit,) = group.debits
    assert (group.id, group.total_amount, group.creditor_account.other_id) == (
        "S7USD1", Amount("123.45", "USD"), "SCHEME",
    )  # fmt: skip
    assert (debit.transaction_id, debit.debtor.bicfi, debit.debtor_account.other_id) == ("S7USD1M3", "BLUEKENA", "A-1")


def leg_of(bank):
    debtor, creditor = AgentMember(BLUE, "A-1"), AgentMember(PINK, "A-2", bank)
    return AgentLeg(AGENT, TRANSFER.id, TRANSFER.moves[0], debtor, creditor)


@pytest.mark.parametrize("version", pacs009.VERSIONS)
def test_one_payment_at_the_agent(version):
    body = GrossInstructed(TRANSFER, leg_of(AgentName(bic="SETLKENA")), TRANSFER.expiry)
    message, _ = written(body, version)
    (transfer,) = message.transactions
    assert transfer.transaction_id == "b51ec534ee484575b6a9ead2955b8069"
    assert transfer.uetr in (None, TRANSFER.id)
    assert (transfer.debtor.bicfi, transfer.creditor.bicfi) == ("BLUEKENA", "SETLKENA")
    assert (transfer.reject_time, transfer.settlement_priority) == ("14:30:00.000Z", "URGT")


def test_legs_and_their_returns_have_ids_of_their_own():
    given = [(place, back) for place in (0, 1) for back in (False, True)]
    for place, back in given:
        assert named_leg(leg_id(TRANSFER.id, place, back=back)) == (TRANSFER.id, place, back)
        assert named_leg(f"G{leg_id(TRANSFER.id, place, back=back)}") == (TRANSFER.id, place, back)
    assert len({leg_uetr(TRANSFER.id, place, back=back) for place, back in given}) == 4
    message, _ = written(GrossInstructed(TRANSFER, leg_of(AgentName()), back=True))
    (transfer,) = message.transactions
    assert transfer.transaction_id == f"{TRANSFER.id.replace('-', '')}R" and transfer.reject_time is None
    assert (transfer.debtor_account.other_id, transfer.debtor.member_id or transfer.debtor.other_id) == ("A-2", PINK)


@pytest.mark.parametrize("text", ["", None, "S", "S7USD", "S7USDM3", "x S7USD1", "S7usd1", "S7USD1M", "S7USD1MR"])
def test_what_is_no_id_of_an_instruction(text):
    assert named(text) is None


def test_ids_name_what_they_are_made_of():
    made = movement_id("S7USD1", 3)
    assert named(made) == (7, "S7USD", 1, "S7USD1M3", False)
    assert named(return_id(made)) == (7, "S7USD", 1, "S7USD1M3", True)
    assert named(message_id(made, NOW)) == (7, "S7USD", 1, "S7USD1M3", False)
    assert named(message_id("S7USD1", NOW)) == (7, "S7USD", 1, "", False)


def envelope():
    return Envelope(AGENT, Dialect.ISO_XML, message_id="M1")


def words(*transactions, group=None):
    """What is heard in a pacs.002, after it was written and read."""
    message = Pacs002(
        message_id="P", created="2026-11-20T14:00:01Z", groups=(group,) if group else (), transactions=transactions
    )
    read = pacs002.read(etree.fromstring(pacs002.write(message).body))
    heard = settled.hear(read, envelope())
    return [(one.key, one.movement, one.status, one.reason.iso if one.reason else "", one.back) for one in heard.words]


def group(status=None, name="S7USD1", reason=""):
    reasons = (Reason(code=reason),) if reason else ()
    told = message_id(name, NOW)
    return GroupStatus(
        original_message_id=told, original_message_name="pacs.029.001.02", status=status, reasons=reasons
    )  # fmt: skip


def one(status, reason="", **fields):
    return TransactionStatus(status=status, reasons=(Reason(code=reason),) if reason else (), **fields)


WORDS = [
    ((), group("ACSC"), [("S7USD", "", "ACSC", "", False)]),
    ((), group("RJCT", reason="AM04"), [("S7USD", "", "RJCT", "AM04", False)]),
    ((), group("ACSC", "S7USD1M3"), [("S7USD", "S7USD1M3", "ACSC", "", False)]),
    ((one("ACTC", original_instruction_id="S7USD1"),), None, [("S7USD", "", "ACTC", "", False)]),
    (
        (one("RJCT", "AM04", original_instruction_id="S7USD1", original_transaction_id="S7USD1M3"),), group(),
        [("S7USD", "S7USD1M3", "RJCT", "AM04", False)],
    ),
    (
        (one(None, "AM04", original_transaction_id="S7USD1M3"),), group("RJCT"),
        [("S7USD", "S7USD1M3", "RJCT", "AM04", False), ("S7USD", "", "RJCT", "", False)],
    ),
    (
        (one("ACSC", original_transaction_id="S7USD1M3"), one("RJCT", "AC04", original_transaction_id="S7USD1M5")),
        group("PART"), [("S7USD", "S7USD1M3", "ACSC", "", False), ("S7USD", "S7USD1M5", "RJCT", "AC04", False)],
    ),
    ((one("ACSC", original_transaction_id="S7USD1M3R"),), None, [("S7USD", "S7USD1M3", "ACSC", "", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("transactions", "whole", "expected"), WORDS)
def test_what_an_agent_may_say(transactions, whole, expected):
    assert words(*transactions, group=whole) == expected


def test_what_names_no_instruction_is_about_a_payment_or_nothing():
    report = Pacs002(message_id="P", created="x", transactions=(one("ACSC", original_uetr=TRANSFER.id),))
    assert settled.hear(report, envelope()) is None
    decided = settled.decide(report, envelope())
    assert (decided.transfer_id, decided.status, decided.reason) == (TRANSFER.id, "ACSC", None)
    assert settled.decide(Pacs002(message_id="P", created="x"), envelope()) is None


def entry(amount="123.45", direction="DBIT", status="BOOK", *payments, **fields):
    details = (EntryDetails(transactions=payments),) if payments else ()
    return Entry(amount=Amount(amount, "USD"), direction=direction, status=status, details=details, **fields)


def paid(**fields):
    return Transaction(**fields)


def statement(*entries, **fields):
    return Statement(id="1", account=StatementAccount(other_id="A-1", currency="USD"), entries=entries, **fields)


ENTRIES = [
    (entry("123.45", "DBIT", "BOOK", paid(transaction_id="S7USD1M3")), [(-1_234_500, ("S7USD1M3",))]),
    (entry("123.45", "CRDT", None, paid(end_to_end_id="E")), [(1_234_500, ("E",))]),
    (entry("123.45", "CRDT", "PDNG", paid(end_to_end_id="E")), []),
    (entry("1", "CRDT", "BOOK", reference="N", servicer_reference="B"), [(10_000, ("N", "B"))]),
    (
        entry("3", "CRDT", "BOOK", paid(transaction_id="a", amount=Amount("1", "USD"), direction="CRDT"),
              paid(transaction_id="b", amount=Amount("2", "USD"))),
        [(10_000, ("a",)), (20_000, ("b",))],
    ),
    (entry("3", "CRDT", "BOOK", paid(transaction_id="a"), paid(transaction_id="b")), [(30_000, ("a", "b"))]),
    (entry("0.001", "CRDT", "BOOK", paid(transaction_id="a")), []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), ENTRIES)
def test_bookings_are_read_payment_by_payment_where_the_report_says_so(given, expected):
    found = list(settled.read_bookings(Camt054(message_id="M", created="x", statements=(statement(given),))))
    assert [(one.units, one.references) for one in found] == expected


PAYERS = [
    (paid(debtor_agent=FinancialInstitution(bicfi="BLUEKENA")), BLUE),
    (paid(debtor_agent=FinancialInstitution(bicfi="ELSEKENA"), end_to_end_id=PINK), PINK),
    (paid(end_to_end_id="invoice"), None),
]


@pytest.mark.parametrize(("given", "payer"), PAYERS)
def test_whose_money_came_in(given, payer):
    told = Camt054(message_id="M", created="x", statements=(statement(entry("1", "CRDT", "BOOK", given)),))
    (booking,) = settled.bookings(told, envelope(), NOW, DIRECTORY).bookings
    assert booking.payer == payer


@pytest.mark.parametrize("version", pacs009.VERSIONS)
@pytest.mark.parametrize("scheme", [True, False])
@pytest.mark.parametrize("direction", list(FundsDirection))
def test_funds_are_a_transfer_between_the_participants_account_and_where_deposits_lie(version, scheme, direction):
    movement = FundsMovement(
        TRANSFER.id, BLUE, 4, direction, Money(50_000, "USD"), FundsState.RESERVED, NOW, NOW, "", "E-9", until=UNTIL
    )
    message, _ = written(FundsInstructed(movement, "A-1", "KEPT", AgentName(bic="SETLKENA"), scheme), version)
    (transfer,) = message.transactions
    ends = [transfer.debtor_account.other_id, transfer.creditor_account.other_id]
    banks = [transfer.debtor.bicfi, transfer.creditor.bicfi]
    inward = direction is FundsDirection.IN
    assert ends == (["A-1", "KEPT"] if inward else ["KEPT", "A-1"])
    kept = "HUBBKENA" if scheme else "SETLKENA"
    assert banks == (["SETLKENA", kept] if inward else [kept, "SETLKENA"])
    assert (transfer.settlement_amount.text, transfer.end_to_end_id) == ("5.00", "E-9")
    assert transfer.till_time == "14:30:00.000Z"


@pytest.mark.parametrize("version", pacs028.VERSIONS)
def test_what_became_of_it_is_asked_by_the_ids_of_the_message(version):
    originals = (AgentOriginal("S7USD1X", "S7USD1"),)
    message, _ = written(AgentAsked("pacs.029", originals), version)
    (one,) = message.transactions
    assert one.original_instruction_id == "S7USD1"
    assert "S7USD1X" in {one.original_message_id, *(each.original_message_id for each in message.groups)}
    several = tuple(AgentOriginal(f"{each.id}X", "S7USD1", each.id, TRANSFER.id) for each in MOVEMENTS)
    message, _ = written(AgentAsked("pacs.009", several), version)
    assert [each.original_transaction_id for each in message.transactions] == [each.id for each in MOVEMENTS]
    assert len({each.request_id for each in message.transactions}) == 2


def test_statements_of_a_day_are_remembered_and_notices_are_not():
    balances = tuple(
        Balance(code=code, amount=Amount(amount, "USD"), direction=direction)
        for code, amount, direction in (("OPBD", "5", "CRDT"), ("CLBD", "2", "DBIT"))
    )
    told = statement(entry("123.45", "DBIT", "BOOK", paid(transaction_id="S7USD1M3")), balances=balances)
    day = Camt053(message_id="M", created="x", statements=(told,), definition=camt053.DEFAULT_VERSION)
    taken = settled.bookings(day, envelope(), NOW, DIRECTORY)
    (kept,) = taken.statements
    assert (kept.account, kept.opening, kept.closing, taken.instructions) == ("A-1", 50_000, -20_000, ("S7USD",))
    notice = Camt054(message_id="M", created="x", statements=(told,), definition=camt054.DEFAULT_VERSION)
    assert settled.bookings(notice, envelope(), NOW, DIRECTORY).statements == ()
