"""A conversion in ISO 20022: rate, charges and amounts in pacs.002, and the pacs.008 that the payee's bank gets."""

import msgspec
import pytest

from schemas.canonical.events import Committed, Reserved, Role, Stated
from schemas.canonical.exchange import Exchange, ExchangeCharge
from schemas.canonical.identity import FspId
from schemas.canonical.money import Money
from schemas.canonical.transfer import TransferState
from tests.unit.translator.world import (
    BANK_A,
    BANK_B,
    GOLDEN,
    original,
    payment,
    prepared,
    told,
    transfer,
    typed,
)
from translator.iso.exchanges import rate_of

BANK_XML = (GOLDEN / "bank_pays_wallet.pacs008.xml").read_bytes()


def money(amount, currency) -> Money:
    return Money.parse_fspiop(str(amount), currency)


CHARGES = (ExchangeCharge("FX margin", money("0.5", "USD")), ExchangeCharge("odd", target=money("0.0001", "KES")))
EXCHANGE = Exchange(FspId("dfspy"), money(10, "USD"), money("1225.5", "KES"), CHARGES)


def converted(payer="banka", payee="dfspx", state=TransferState.COMMITTED, exchange=EXCHANGE):
    """A transfer of what comes out of the conversion."""
    found = transfer(payer=FspId(payer), payee=FspId(payee), amount=EXCHANGE.target, state=state)
    terms = msgspec.structs.replace(found.terms, amount=EXCHANGE.target, exchange=exchange)
    return msgspec.structs.replace(found, terms=terms, completed=found.created)


@pytest.mark.parametrize(
    ("source", "target", "rate"),
    [
        (10, "1225.5", "122.55"),
        (3, 1, "0.3333333333"),
        (1, 3, "3"),
        (7, 10000, "1428.5714286"),
        (1, "123456789012", None),
        ("99999999999999", "0.0001", None),
        ("1000000", "0.01", "0.00000001"),
    ],
)
def test_a_rate_has_at_most_eleven_digits(source, target, rate):
    assert rate_of(Exchange(FspId("fxp"), money(source, "USD"), money(target, "KES"))) == rate


@pytest.mark.parametrize("event", [Committed, Stated])
def test_the_payers_bank_reads_amounts_charges_and_rate(event):
    out = told(event(converted(), Role.PAYER), BANK_A)
    (status,) = typed(out.body).transactions
    assert (status.original_amount.text, status.original_amount.currency) == ("10.00", "USD")
    assert (status.original_instructed.text, status.original_instructed.currency) == ("1225.50", "KES")
    assert [(one.amount.text, one.agent.other_id) for one in status.charges] == [("0.50", "dfspy")]
    (data,) = status.supplementary
    assert data.place == "FSPIOP"
    assert b"<Path>/exchangeRate</Path><Type>s</Type><Value>122.55</Value>" in data.envelope
    assert b"<Value>dfspy</Value>" in data.envelope
    assert "charges.odd" in {loss.path for loss in out.losses}


@pytest.mark.parametrize(
    ("found", "role", "receiver"),
    [
        (converted(payee="bankb"), Role.PAYEE, BANK_B),
        (converted(state=TransferState.RESERVED), Role.PAYER, BANK_A),
        (converted(exchange=None), Role.PAYER, BANK_A),
    ],
    ids=["the payee's bank", "not yet", "not converted"],
)
def test_nobody_else_reads_of_it(found, role, receiver):
    (status,) = typed(told(Stated(found, role), receiver).body).transactions
    assert (status.original_amount, status.charges, status.supplementary) == (None, (), ())


def test_the_payees_bank_gets_the_document_with_what_came_out_of_the_conversion():
    sent = payment(BANK_XML)
    reserved = converted(payee="bankb", state=TransferState.RESERVED)
    got = payment(told(Reserved(reserved), BANK_B, original(BANK_XML)).body)
    (paid,) = got.transactions
    assert (paid.settlement_amount.text, paid.settlement_amount.currency) == ("1225.50", "KES")
    assert (paid.instructed_amount.text, paid.instructed_amount.currency) == ("10.00", "USD")
    assert paid.exchange_rate == "122.55"
    first = msgspec.structs.replace(
        paid,
        **{
            name: getattr(sent.transactions[0], name)
            for name in ("settlement_amount", "instructed_amount", "exchange_rate")
        },
    )
    assert first == sent.transactions[0]


def test_a_wallets_conversion_is_told_to_the_payees_bank():
    reserved = converted(payer="dfspx", payee="bankb", state=TransferState.RESERVED)
    (paid,) = payment(told(Reserved(reserved), BANK_B).body).transactions
    assert (paid.settlement_amount.text, paid.instructed_amount.text, paid.exchange_rate) == (
        "1225.50",
        "10.00",
        "122.55",
    )


@pytest.mark.parametrize(
    ("amount", "currency", "instructed", "fault"),
    [
        ("1225.50", "KES", "1225.5", None),
        ("12.50", "USD", None, None),
        ("1225.505", "KES", None, "AM12"),
        ("0.00", "KES", None, "AM01"),
        ("1000", "ITL", None, None),
    ],
)
def test_an_order_in_another_currency_is_kept(amount, currency, instructed, fault):
    body = BANK_XML.replace(b"<ChrgBr>", f'<InstdAmt Ccy="{currency}">{amount}</InstdAmt><ChrgBr>'.encode())
    assert body != BANK_XML
    command = prepared(payment(body))
    found = command.terms.instructed
    assert (found.fspiop if found and found.units else None) == instructed
    assert (command.fault.iso if command.fault else None) == fault
