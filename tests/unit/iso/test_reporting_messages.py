"""The messages of queries, liquidity and reports: written as each schema wants them, and read back as they were."""

from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from lxml import etree

from iso.messages import reporting
from iso.messages.camt003 import BalanceWanted, Camt003, Criterion, Returned
from iso.messages.camt004 import AccountData, AccountReport, Balance, Camt004
from iso.messages.camt005 import (
    SHORT,
    AmountRange,
    Bound,
    Bounds,
    Camt005,
    DateSearch,
    PaymentId,
    PaymentSearch,
    StatusSearch,
)
from iso.messages.camt005 import Criterion as PaymentCriterion
from iso.messages.camt006 import Camt006, Payment, Status, TransactionReport
from iso.messages.camt010 import Camt010, Limit
from iso.messages.camt011 import Camt011, LimitChange
from iso.messages.camt025 import Camt025, Handling, ReceiptDetails
from iso.messages.camt050 import Camt050
from iso.messages.camt052 import Camt052
from iso.messages.camt053 import Camt053
from iso.messages.camt054 import Camt054
from iso.messages.camt060 import BalanceType, Camt060, Requested, Sequences
from iso.messages.cash import Between, Error, Match
from iso.messages.fields import Account, Code, FinancialInstitution, Party, Reason
from iso.messages.shape import Amount
from iso.messages.statements import Balance as BookedBalance
from iso.messages.statements import Entry, EntryDetails, Statement, StatementAccount, Summary, Transaction
from iso.messages.statements import TransactionCode as Bank
from schemas.catalogue import Catalogue
from tests.conftest import SHARED

CATALOGUE = Catalogue()
BANK = FinancialInstitution(bicfi="BLUEDEFFXXX", other_id="bluebank")
UETR = "8f0d6a34-6b9f-4a53-9d6f-0f5a3c1f2b11"
DAY, MOMENT = "2026-11-20", "2026-11-20T10:00:00.000Z"
USD = Amount("12.50", "USD")
QUERY = {"query_message_id": "Q1", "query_message_name": "camt.003.001.08", "query_created": MOMENT}
CODE = Bank("PMNT", "RRCT", "DMCT", "PAYMENT", "Hub")
ENTRY = Entry(
    reference="7", amount=USD, direction="CRDT", status="BOOK", booking_moment=MOMENT, value_date=DAY,
    servicer_reference="abc", code=CODE, additional="from greenbank",
    details=(EntryDetails(transactions=(
        Transaction(message_id="M", instruction_id="I", end_to_end_id="E", transaction_id="T", uetr=UETR,
                    clearing_reference="C", amount=USD, direction="CRDT", debtor_agent=BANK, creditor_agent=BANK),
    )),),
)  # fmt: skip
STATEMENT = Statement(
    id="S1", page="1", last_page=True, sequence="1", created=MOMENT, since=MOMENT, until=MOMENT,
    account=StatementAccount(other_id="12", type=Code(code="SACC"), currency="USD", servicer=BANK,
                             owner=Party(name="Blue", kind="org", any_bic="BLUEDEFFXXX")),
    balances=(BookedBalance(code="OPBD", sub_type="INTM", amount=USD, direction="CRDT", date=DAY),),
    summary=Summary(count="1", total="12.50", net="12.50", net_direction="CRDT", credit_count="1",
                    credit_total="12.50", debit_count="0", debit_total="0.00"),
    entries=(ENTRY,),
)  # fmt: skip
REPORT = {"message_id": "M1", "created": MOMENT, **QUERY, "statements": (STATEMENT,)}
NOTICE = {**REPORT, "statements": (msgspec.structs.replace(STATEMENT, balances=()),)}
SAMPLES = {
    "camt.003": Camt003(
        message_id="M1",
        created=MOMENT,
        query_type="ALLL",
        criteria=(
            Criterion(
                accounts=(Match(other_id="12"),),
                types=(Code(code="SACC"),),
                currencies=("USD",),
                owner=Party(name="B"),
                balances=(BalanceWanted((Code(code="BOOK"),), "MULT"),),
                servicer=BANK,
            ),
        ),
        returned=Returned(currency=True, limit=True),
    ),
    "camt.004": Camt004(
        message_id="M1",
        **QUERY,
        accounts=(
            AccountReport(
                other_id="12",
                account=AccountData(
                    name="n",
                    type=Code(code="SACC"),
                    currency="USD",
                    limit=USD,
                    limit_direction="DBIT",
                    owner=Party(name="Blue"),
                    servicer=BANK,
                    balances=(Balance(amount="12.50", direction="CRDT", code="BOOK", value_moment=MOMENT),),
                ),
            ),
            AccountReport(other_id="13", errors=(Error(proprietary="AC01", description="no such account"),)),
        ),
    ),
    "camt.005": Camt005(
        message_id="M1",
        criteria=(
            PaymentCriterion(
                payment=PaymentSearch(
                    ids=(
                        PaymentId(transaction_id="T"),
                        PaymentId(uetr=UETR, transaction_id="T", settlement_date=DAY, kind=SHORT, instructing=BANK),
                    ),
                    uetrs=(UETR,),
                    transaction_ids=("T",),
                    statuses=(StatusSearch(final="STLD", since=MOMENT),),
                    end_to_end_ids=("E",),
                    message_ids=("M",),
                    execution=(DateSearch(days=Between(DAY, DAY)),),
                    currencies=("USD",),
                    direction="CRDT",
                    amounts=(AmountRange(bounds=Bounds(Bound("1", True), Bound("9", False)), currency="USD"),),
                )
            ),
        ),
    ),
    "camt.006": Camt006(
        message_id="M1",
        page="1",
        last_page=False,
        **QUERY,
        query_name="next",
        count="1",
        reports=(
            TransactionReport(
                transaction_id="T",
                payment=Payment(
                    direction="DBIT",
                    message_id="M",
                    settled=USD,
                    transaction_id="T",
                    settlement_date=DAY,
                    end_to_end_id="E",
                    debtor_agent=BANK,
                    creditor_agent=BANK,
                    statuses=(Status(final="RJTD", moment=MOMENT, rejection="AC04", rejection_text="closed"),),
                ),
            ),
        ),
    ),
    "camt.010": Camt010(
        message_id="M1",
        **QUERY,
        limits=(
            Limit(
                type_code="GLBL",
                owner=BANK,
                other_id="12",
                amount=USD,
                direction="DBIT",
                status="ENAB",
                used=USD,
                used_percent="50",
                remaining=USD,
            ),
        ),
    ),
    "camt.011": Camt011(
        message_id="M1",
        changes=(LimitChange(type_code="GLBL", owner=BANK, other_id="12", amount=USD, direction="DBIT"),),
    ),
    "camt.025": Camt025(
        message_id="M1",
        receipts=(
            ReceiptDetails(
                original_message_id="Q1",
                original_message_name="camt.050.001.07",
                transaction_id="T",
                handling=(Handling(status="RJCT", reason=Reason(code="AC01", info=("no",))),),
            ),
        ),
    ),
    "camt.050": Camt050(
        message_id="M1",
        end_to_end_id="E",
        creditor=BANK,
        creditor_account=Account(other_id="99"),
        amount=USD,
        debtor=BANK,
        debtor_account=Account(other_id="12"),
        settlement_date=DAY,
    ),
    "camt.052": Camt052(**REPORT),
    "camt.053": Camt053(**REPORT),
    "camt.054": Camt054(**NOTICE),
    "camt.060": Camt060(
        message_id="M1",
        created=MOMENT,
        requests=(
            Requested(
                id="R",
                message_name="camt.053.001.08",
                account=Account(other_id="12"),
                owner_agent=BANK,
                from_day=DAY,
                to_day=DAY,
                from_time="00:00:00",
                query_type="ALLL",
                ranges=(Sequences("1", "2"),),
                balances=(BalanceType("OPBD"),),
            ),
        ),
    ),
}
VERSIONS = [(module, version) for module in reporting.MODULES for version in module.VERSIONS]


def _document(body: bytes) -> etree._Element:
    return etree.fromstring(body)


@pytest.mark.parametrize(("module", "version"), VERSIONS, ids=[version for _, version in VERSIONS])
def test_what_is_written_keeps_the_schema_and_is_read_back(module: ModuleType, version: str) -> None:
    sample = SAMPLES[version[:8]]
    body = module.write(sample, version).body
    document = _document(body)
    assert CATALOGUE.schema(version).validate(document) == []
    again = module.read(document)
    assert (again.definition, again.untyped) == (version, ())
    assert module.write(again, version).body == body


@pytest.mark.parametrize("module", reporting.MODULES, ids=[module.DEFAULT_VERSION for module in reporting.MODULES])
def test_the_usual_version_loses_nothing(module: ModuleType) -> None:
    sample = SAMPLES[module.DEFAULT_VERSION[:8]]
    written = module.write(sample, module.DEFAULT_VERSION)
    assert written.lost == ()
    assert module.read(_document(written.body)) == msgspec.structs.replace(sample, definition=module.DEFAULT_VERSION)


def test_every_version_of_the_catalogue_is_written() -> None:
    known = {name for name in CATALOGUE.messages() if name[:8] in SAMPLES}
    assert known == {version for _, version in VERSIONS}


def _found() -> list[Path]:
    folder = SHARED / "iso20022" / "samples"
    names = {version for _, version in VERSIONS}
    return sorted(file for file in folder.rglob("*.xml") if file.name[:15] in names) if folder.is_dir() else []


@pytest.mark.parametrize("file", _found(), ids=lambda file: file.name)
def test_messages_of_banks_are_read_and_still_keep_the_schema_when_written(file: Path) -> None:
    document = next(etree.parse(file).iter("{*}Document"))
    version = file.name[:15]
    if CATALOGUE.schema(version).validate(document):
        pytest.skip("not valid itself")
    module = next(module for module in reporting.MODULES if version in module.VERSIONS)
    body = module.write(module.read(document), version).body
    assert CATALOGUE.schema(version).validate(_document(body)) == []
