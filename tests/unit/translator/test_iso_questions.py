"""Questions and orders of banks as commands: what is understood is kept exactly, what is not is refused by name."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from lxml import etree

from iso.messages import camt003, camt004, camt005, camt006, camt010, camt025
from iso.messages.camt003 import Camt003
from iso.messages.camt005 import (
    IMPLIED,
    Agents,
    AmountRange,
    Bound,
    Bounds,
    Camt005,
    Criterion,
    DateSearch,
    PaymentId,
    PaymentSearch,
    StatusSearch,
)
from iso.messages.camt011 import ALL_DEFAULT, Camt011, LimitChange
from iso.messages.camt050 import Camt050
from iso.messages.cash import Between, Match
from iso.messages.fields import Code, FinancialInstitution, Party
from iso.messages.shape import Amount
from schemas.canonical.faults import fault
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.participants import HUB_NUMBER, IsoProfile, Participant
from schemas.canonical.reporting import PaymentFact
from schemas.canonical.reporting_events import (
    Balances,
    BalancesTold,
    LimitsTold,
    LimitUse,
    PaymentsTold,
    RequestHandled,
)
from schemas.canonical.reports import Asked, ReportedAccount
from schemas.canonical.wire import Dialect, Envelope
from schemas.catalogue import Catalogue
from translator.iso import balances, liquidity, payment_search
from translator.iso.agents import AgentIndex
from translator.outgoing import HubIdentity, RenderContext, Task

CATALOGUE = Catalogue()
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
ENVELOPE = Envelope(FspId("blue"), Dialect.ISO_XML, message_id="B1", received_at=NOW)
MEMBERS = [
    Participant(FspId("blue"), iso=IsoProfile(bic="BLUEDEFFXXX")),
    Participant(FspId("hub"), number=HUB_NUMBER),
    Participant(FspId("green"), iso=IsoProfile(bic="GRENDEFFXXX")),
]
BLUE, GREEN = FinancialInstitution(bicfi="BLUEDEFF"), FinancialInstitution(bicfi="GRENDEFF")
UETR = "8f0d6a34-6b9f-4a53-9d6f-0f5a3c1f2b11"


class Known(AgentIndex):
    """The directory of two banks."""

    def participant(self, name):
        return next((each for each in MEMBERS if each.name == name), None)


DIRECTORY = Known(MEMBERS)


def task(version=""):
    iso = IsoProfile(bic="BLUEDEFFXXX", versions={version[:8]: version} if version else {})
    context = RenderContext(NOW, "01KAF0000000000000000000ZZ", DIRECTORY.participant, HubIdentity(FspId("Hub")))
    return Task(Participant(FspId("blue"), iso=iso), context, [])


def search(**fields):
    message = Camt005(message_id="M", criteria=(Criterion(payment=PaymentSearch(**fields)),))
    return payment_search.ask(message, ENVELOPE, DIRECTORY)


def choice(**fields):
    found = search(**fields)
    assert found.fault is None, found.fault
    (one,) = found.choices
    return one


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"uetrs": (UETR.upper(),)}, ((UETR,),)),
        ({"transaction_ids": (UETR.replace("-", ""),)}, ((UETR.replace("-", ""), UETR),)),
        ({"transaction_ids": ("TX-1",), "end_to_end_ids": ("E1", "E2")}, (("TX-1",), ("E1", "E2"))),
        ({"ids": (PaymentId(uetr=UETR), PaymentId(end_to_end_id="E"))}, ((UETR, "E"),)),
        ({"ids": (PaymentId(uetr=UETR, transaction_id="T"),)}, ((UETR,), ("T",))),
    ],
)
def test_each_kind_of_id_must_be_one_of_the_payments(fields, named):
    assert choice(**fields).named == named


@pytest.mark.parametrize(
    ("status", "states"),
    [
        (StatusSearch(pending="PSTL"), ("RESERVED", "FULFILLED_WAITING")),
        (StatusSearch(final="STLD"), ("COMMITTED",)),
        (StatusSearch(final="RJTD"), ("ABORTED",)),
        (StatusSearch(either="FINL"), ("COMMITTED", "ABORTED")),
        (StatusSearch(final="ACSC"), ("",)),
        (StatusSearch(pending="INVD"), ("",)),
    ],
)
def test_states_are_those_of_the_record(status, states):
    assert choice(statuses=(status,)).states == states


def test_times_and_amounts_keep_their_bounds():
    found = choice(
        execution=(DateSearch(days=Between("2026-11-01", "2026-11-02")),),
        amounts=(AmountRange(bounds=Bounds(Bound("1.5", True), Bound("2", False)), currency="USD"),),
    )
    assert (found.since, found.until) == (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
    assert (found.least, found.most, found.currencies) == (15_000, 19_999, ("USD",))
    exact = choice(amounts=(AmountRange(exactly="3", kind=IMPLIED, direction="DBIT"),))
    assert (exact.least, exact.most, exact.sent) == (30_000, 30_000, True)


@pytest.mark.parametrize(
    ("agents", "sent", "others"),
    [
        (Agents(debtor_agent=BLUE), True, ()),
        (Agents(creditor_agent=GREEN), True, ("green",)),
        (Agents(instructing=FinancialInstitution(other_id="hub"), creditor_agent=GREEN), True, ("green",)),
        (Agents(debtor_agent=GREEN), False, ("green",)),
        (Agents(creditor_agent=FinancialInstitution(bicfi="NOBODYXX")), True, ("",)),
    ],
)
def test_agents_tell_the_side_and_the_other_one(agents, sent, others):
    found = choice(agents=agents)
    assert (found.sent, found.counterparties) == (sent, others)


@pytest.mark.parametrize(
    "fields",
    [
        {"amounts": (AmountRange(exactly="0.00001", currency="USD"),)},
        {"settlement_days": ("9999-12-31",)},
        {"execution": (DateSearch(since="2026-11-01T24:00:00"),)},
        {"statuses": (StatusSearch(final="STLD", until="24:00"),)},
        {"statuses": (StatusSearch(final="STLD"),) * 100, "settlement_days": ("2026-11-01",) * 100_000},
    ],
)
def test_what_cannot_be_searched_is_refused(fields):
    assert search(**fields).fault is not None


def test_a_payment_must_fit_all_criteria_at_once():
    days = {"execution": (DateSearch(from_day="2026-11-03"),), "settlement_days": ("2026-11-02",)}
    empty = choice(**days)
    assert empty.since > empty.until - timedelta(days=1)
    assert choice(direction="CRDT", amounts=(AmountRange(exactly="3", direction="DBIT"),)).states == ("",)
    assert choice(currencies=("USD",), amounts=(AmountRange(exactly="3", currency="KES"),)).states == ("",)
    assert choice(agents=Agents(debtor_agent=GREEN, creditor_agent=GREEN)).states == ("",)
    whole = PaymentId(
        uetr=UETR, amount="3", settlement_date="2026-11-02", instructing=BLUE, instructed=GREEN, kind="LngBizId"
    )
    found = choice(ids=(whole,))
    assert (found.named, found.least, found.most, found.sent, found.counterparties) == (
        ((UETR,),), 30_000, 30_000, True, ("green",),
    )  # fmt: skip
    assert found.since < datetime(2026, 11, 2, tzinfo=UTC) < found.until


def test_two_lists_of_amounts_must_both_fit():
    entry = Criterion(
        payment=PaymentSearch(amounts=(AmountRange(least=Bound("2", True)),)),
        entry_amounts=(AmountRange(most=Bound("5", True)),), entry_currencies=("USD",), entry_direction="DBIT",
    )  # fmt: skip
    (found,) = payment_search.ask(Camt005(message_id="M", criteria=(entry,)), ENVELOPE, DIRECTORY).choices
    assert (found.least, found.most, found.currencies, found.sent) == (20_000, 50_000, ("USD",), True)


def entries(**fields):
    return payment_search.ask(Camt005(message_id="M", criteria=(Criterion(**fields),)), ENVELOPE, DIRECTORY)


def test_all_but_a_day_is_what_is_before_and_after_it():
    day, after = datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    found = search(execution=(DateSearch(not_day="2026-11-02"),)).choices
    assert [(one.since, one.until) for one in found] == [(None, day), (after, None)]
    found = entries(entry_days=(DateSearch(not_day="2026-11-02"),)).choices
    assert [(one.completed_since, one.completed_until) for one in found] == [(None, day), (after, None)]


def test_entries_are_searched_by_status_owner_and_keeper():
    (pending,) = entries(entry_statuses=("PDNG",)).choices
    (either,) = entries(entry_statuses=("BOOK", "PDNG"), account_owner=Party(any_bic="BLUEDEFF")).choices
    (never,) = entries(entry_statuses=("FUTR",)).choices
    assert pending.states == ("RESERVED", "FULFILLED_WAITING")
    assert either.states == ("COMMITTED", *pending.states)
    assert never.states == ("",)
    assert entries(account_owner=Party(any_bic="GRENDEFF")).fault.name == "FORBIDDEN"
    assert entries(account_servicer=GREEN).fault.name == "FORBIDDEN"
    assert "AcctNtrySch/AcctId" in entries(accounts=(Match(other_id="7"),)).fault.description


def test_questions_for_changes_and_balances_that_are_none_are_refused():
    assert payment_search.ask(Camt005(message_id="M", query_type="CHNG"), ENVELOPE, DIRECTORY).fault is not None
    assert balances.ask(Camt003(message_id="M", query_type="MODF"), ENVELOPE, DIRECTORY).fault is not None
    odd, one, other = (
        camt003.Criterion(balances=(camt003.BalanceWanted((Code(code=code),)),)) for code in ("CLBD", "BOOK", "AVLB")
    )
    for criteria in ((odd,), (one, other), (camt003.Criterion(servicer=GREEN),)):
        assert balances.ask(Camt003(message_id="M", criteria=criteria), ENVELOPE, DIRECTORY).fault is not None


def test_what_is_not_wanted_is_left_out_of_the_answer():
    returned = camt003.Returned(limit=False, owner=False, balance_value_date=False, currency=True)
    asked = balances.ask(Camt003(message_id="M", returned=returned), ENVELOPE, DIRECTORY).asked
    account = ReportedAccount(7, FspId("blue"), "POSITION", "USD")
    told = BalancesTold((Balances(account, (("BOOK", 5),), 10),), asked)
    for version in camt004.VERSIONS:
        document = etree.fromstring(balances.render_balances(told, task(version)))
        assert CATALOGUE.schema(version).validate(document) == []
        data = camt004.read(document).accounts[0].account
        assert (data.limit, data.owner, data.balances[0].value_moment, data.currency) == (None, None, None, "USD")
    parts = camt005.Returned(settled=False, debtor_agent=False, message_id=True)
    question = payment_search.ask(Camt005(message_id="M", returned=parts), ENVELOPE, DIRECTORY)
    answer = camt006.read(etree.fromstring(payment_search.render(PaymentsTold(question.asked, 1, (FACT,)), task())))
    payment = answer.reports[0].payment
    assert (payment.settled, payment.debtor_agent, payment.direction) == (None, None, "DBIT")


def test_criteria_that_are_not_understood_widen_no_answer():
    odd = Camt005(message_id="M", untyped=("TxQryDef/TxCrit/NewCrit/SchCrit/PmtSch/Prty",))
    assert payment_search.ask(odd, ENVELOPE, DIRECTORY).fault.name == "NOT_IMPLEMENTED"
    odd = Camt003(message_id="M", untyped=("X",))
    assert balances.ask(odd, ENVELOPE, DIRECTORY).fault.name == "NOT_IMPLEMENTED"


def test_the_same_question_has_the_same_hash_whenever_it_was_written():
    first, second = (
        balances.ask(Camt003(message_id="M", created=at), ENVELOPE, DIRECTORY).envelope.content_hash
        for at in ("1", "2")
    )
    other = balances.ask(Camt003(message_id="N"), ENVELOPE, DIRECTORY).envelope.content_hash
    assert first == second != other


@pytest.mark.parametrize(("owner", "refused"), [(None, False), (Party(any_bic="BLUEDEFF"), False),
                                                (Party(name="blue"), False), (Party(any_bic="GRENDEFF"), True),
                                                (Party(name="Whoever"), True)])  # fmt: skip
def test_only_ones_own_accounts_are_asked_about(owner, refused):
    crit = (camt003.Criterion(accounts=(Match(other_id="7"),), types=(Code(code="CPAC"),), owner=owner),)
    found = balances.ask(Camt003(message_id="M", criteria=crit), ENVELOPE, DIRECTORY)
    assert (found.fault is not None) == refused
    assert (found.choices[0].ids, found.choices[0].types) == (("7",), ("POSITION",))


def order(**fields):
    fields.setdefault("amount", Amount("10.00", "USD"))
    return liquidity.move(Camt050(message_id="M", end_to_end_id="E", **fields), ENVELOPE, DIRECTORY)


def test_an_order_of_funds_out_is_the_same_by_its_end_to_end_id():
    first, again = order(), order(amount=Amount("11.00", "USD"))
    assert first.funds_id == again.funds_id and first.amount == Money(100_000, "USD")
    assert (
        liquidity.move(Camt050(message_id="E", amount=Amount("1", "USD")), ENVELOPE, DIRECTORY).funds_id
        == first.funds_id
    )
    assert order(amount=None, plain_amount="10.5").units == 105_000


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"amount": Amount("0.00", "USD")}, "ZERO_AMOUNT"),
        ({"amount": Amount("1.001", "USD")}, "TOO_MANY_DECIMALS"),
        ({"amount": Amount("1", "ZZZ")}, "UNKNOWN_CURRENCY"),
        ({"amount": None, "plain_amount": "x"}, "MALFORMED_AMOUNT"),
        ({"settlement_date": "2026-11-21"}, "FUTURE_DATE"),
        ({"settlement_date": "2026-11-19"}, "WRONG_DATE"),
        ({"debtor": GREEN}, "FORBIDDEN"),
        ({"creditor": GREEN}, "FORBIDDEN"),
        ({"untyped": ("X",)}, "NOT_IMPLEMENTED"),
    ],
)
def test_orders_that_cannot_be_done_are_refused(fields, why):
    assert order(**fields).fault.name == why


def test_an_order_is_not_passed_on():
    asked = Camt050(message_id="M", end_to_end_id="E", amount=Amount("1", "USD"))
    onwards = msgspec.structs.replace(ENVELOPE, receiver=FspId("centralbank"))
    assert liquidity.move(asked, ENVELOPE, DIRECTORY).fault is None
    refused = liquidity.move(asked, onwards, DIRECTORY).fault
    assert refused.name == "WRONG_AGENT" and "not passed on to centralbank" in refused.description


def test_limits_are_those_of_accounts_now():
    change = LimitChange(type_code="MULT", other_id="7", amount=Amount("0", "USD"))
    (found,) = liquidity.limits(Camt011(message_id="M", changes=(change,)), ENVELOPE, DIRECTORY).orders
    assert (found.cap, found.accounts.ids, found.fault) == (Money(0, "USD"), ("7",), None)
    for odd in ({"scope": ALL_DEFAULT}, {"type_code": "BILI"}, {"start_date": "2026-11-21"}, {"owner": GREEN}):
        wrong = msgspec.structs.replace(change, **odd)
        (found,) = liquidity.limits(Camt011(message_id="M", changes=(wrong,)), ENVELOPE, DIRECTORY).orders
        assert found.fault is not None


ASKED = Asked("Q1", "camt.050.001.07", "2026-11-20T09:00:00Z")


@pytest.mark.parametrize("version", camt025.VERSIONS)
@pytest.mark.parametrize(("status", "wrong"), [("ACSC", None), ("RJCT", fault("UNKNOWN_ACCOUNT", "x" * 100))])
def test_receipts_say_status_and_reason_in_every_version(version, status, wrong):
    document = etree.fromstring(liquidity.render(RequestHandled(ASKED, status, wrong, "E1"), task(version)))
    assert CATALOGUE.schema(version).validate(document) == []
    (receipt,) = camt025.read(document).receipts
    (handling,) = receipt.handling
    assert (receipt.original_message_id, receipt.proprietary_id, handling.status) == ("Q1", "E1", status)
    told = handling.reason.code if handling.reason else (handling.description or "")[:4]
    assert told == ("AC01" if wrong else "")


FACT = PaymentFact(UETR, FspId("blue"), FspId("green"), Money(100_000, "USD"), "COMMITTED", NOW)
REFUSED = msgspec.structs.replace(FACT, payee=FspId(""), state="ABORTED", fault=fault("PAYEE_FSP_NOT_FOUND", "x"))


@pytest.mark.parametrize("version", camt006.VERSIONS)
@pytest.mark.parametrize("told", [
    PaymentsTold(ASKED, 1, (FACT, REFUSED, msgspec.structs.replace(FACT, state="RESERVED")), "next"),
    PaymentsTold(ASKED), PaymentsTold(ASKED, fault=fault("VALIDATION", "x")),
])  # fmt: skip
def test_payments_keep_the_schema_of_every_version(version, told):
    document = etree.fromstring(payment_search.render(told, task(version)))
    assert CATALOGUE.schema(version).validate(document) == []
    found = camt006.read(document)
    assert len(found.reports) == len(told.facts)
    assert bool(found.errors) == (not told.facts)
    if told.facts:
        assert (found.last_page, found.query_name) == (False, "next")
        states = [one.payment.statuses[0] for one in found.reports]
        assert [state.final or state.pending for state in states] == ["STLD", "RJTD", "PSTL"]
        assert states[1].rejection == "RC04"


@pytest.mark.parametrize("version", camt010.VERSIONS)
def test_limits_are_told_in_every_version(version):
    account = ReportedAccount(7, FspId("blue"), "POSITION", "USD")
    use = LimitUse(account, 10_000_000, 2_500_000, active=True)
    document = etree.fromstring(balances.render_limits(LimitsTold((use,), ASKED), task(version)))
    assert CATALOGUE.schema(version).validate(document) == []
    (limit,) = camt010.read(document).limits
    assert (limit.amount.text, limit.used.text, limit.used_percent, limit.remaining.text) == (
        "1000.00",
        "250.00",
        "25",
        "750.00",
    )
