"""What a sandbox bank writes: its pacs.008 for an order, its pacs.002 for a pacs.008, and the header before each."""

import re
import uuid
from datetime import UTC, datetime

import msgspec
from ulid import ULID

from iso.messages import pacs002, pacs008
from iso.messages.fields import Account, Code, FinancialInstitution, Party, Reason, RemittanceInfo
from iso.messages.head001 import Endpoint, Head001
from iso.messages.pacs002 import Pacs002, TransactionStatus
from iso.messages.pacs008 import CreditTransfer, Pacs008
from iso.messages.shape import Amount
from schemas.canonical.money import Money
from switch.sandbox.behaviour import Behaviour
from switch.sandbox.clock import iso_moment
from switch.sandbox.outcome import Exchanged

NOT_GIVEN = "NOTPROVIDED"
TAKEN = 202
"""The hub's HTTP answer to a message it keeps."""
_ITEM = re.compile(r"<Item><Path>([^<]*)</Path><Type>s</Type><Value>([^<]*)</Value></Item>")


class Order(msgspec.Struct, frozen=True):
    """A customer's order to its bank. The creditor is named by an account, or by a mobile number in `msisdn`.

    `creditor_agent` is the payee's institution, None when only the number is known. `expiry` becomes the reject time
    of the settlement request (time of day in UTC); without it the hub's own limit counts. `currency` is the creditor
    account's own; `instructed` is what the creditor is to get in it, `amount` then the most that it may cost.
    `asked_account` is the creditor's as a request to pay names it; `end_to_end_id` then is the request's.
    """

    amount: Money
    debtor: str
    debtor_account: str
    creditor: str
    creditor_account: str | None = None
    msisdn: str | None = None
    creditor_agent: FinancialInstitution | None = None
    remittance: str = ""
    expiry: datetime | None = None
    currency: str | None = None
    instructed: Money | None = None
    end_to_end_id: str = ""
    purpose: str = ""
    asked_account: Account | None = None
    uetr: str = msgspec.field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def payee(self) -> str:
        """The creditor's account or number."""
        return self.creditor_account or self.msisdn or ""

    @property
    def called(self) -> str:
        """The EndToEndId of the payment."""
        return self.end_to_end_id or f"E2E-{self.uetr[:8]}"


def institution(bic: str) -> FinancialInstitution:
    """An agent by its BIC."""
    return FinancialInstitution(bicfi=bic)


def by_name(name: str) -> FinancialInstitution:
    """An agent by its name as a participant of the hub (it may have no BIC)."""
    return FinancialInstitution(other_id=name)


def new_id() -> str:
    """A ULID for MsgId and BizMsgIdr."""
    return str(ULID())


def credit_transfer(order: Order, bic: str, moment: datetime, message_id: str) -> Pacs008:
    """The pacs.008 for an order."""
    amount = Amount(order.amount.iso, order.amount.currency)
    day = (order.expiry or moment).astimezone(UTC).date().isoformat()
    ordered, creditor = order.instructed, order.asked_account or creditor_account(order)
    transfer = CreditTransfer(
        instruction_id=message_id,
        end_to_end_id=order.called,
        transaction_id=order.uetr.replace("-", ""),
        uetr=order.uetr,
        settlement_amount=amount,
        settlement_date=day,
        reject_time=_time(order.expiry),
        accepted=iso_moment(moment),
        instructed_amount=Amount(ordered.iso, ordered.currency) if ordered else None,
        charge_bearer="SLEV",
        instructing_agent=None,
        debtor=Party(name=order.debtor),
        debtor_account=account(order.debtor_account),
        debtor_agent=institution(bic),
        creditor_agent=order.creditor_agent or by_name(NOT_GIVEN),
        creditor=Party(name=order.creditor),
        creditor_account=creditor,
        remittance=RemittanceInfo(unstructured=(order.remittance,)) if order.remittance else None,
        purpose=Code(code=order.purpose) if order.purpose else None,
    )
    return Pacs008(
        message_id=message_id,
        created=iso_moment(moment),
        number_of_transactions="1",
        settlement_method="CLRG",
        transactions=(transfer,),
    )


def creditor_account(order: Order) -> Account:
    """The creditor's account, by its number or by a mobile number."""
    found = _by_number(order.msisdn) if order.msisdn else account(order.creditor_account or "")
    return msgspec.structs.replace(found, currency=order.currency)


def exchanged(status: TransactionStatus) -> Exchanged | None:
    """What a pacs.002 tells of a conversion: both amounts, charges, and the rate in its supplementary data."""
    given, got = status.original_amount, status.original_instructed
    if given is None or got is None:
        return None
    told = dict(_ITEM.findall(b"".join(entry.envelope for entry in status.supplementary).decode()))
    return Exchanged(
        f"{given.text} {given.currency}",
        f"{got.text} {got.currency}",
        told.get("/exchangeRate", ""),
        told.get("/counterPartyFsp", ""),
        tuple(
            f"{charge.amount.text} {charge.amount.currency} {charge.agent.other_id or charge.agent.bicfi or ''}"
            for charge in status.charges
        ),
    )


def account(number: str) -> Account:
    """An account by its IBAN if it has the form of one, else by its plain number."""
    if len(number) > 14 and number[:2].isalpha() and number[2:4].isdigit():
        return Account(iban=number)
    return Account(other_id=number, scheme=Code(code="BBAN"))


def _by_number(msisdn: str) -> Account:
    # editions up to .09 demand an Id beside the proxy
    digits = msisdn.lstrip("+")
    return Account(other_id=digits, proxy_type=Code(code="MBNO"), proxy_id=f"+{digits}")


def _time(expiry: datetime | None) -> str | None:
    return iso_moment(expiry)[11:] if expiry else None


def account_number(found: Account | None) -> str:
    """The number of an account as the bank's customers know it."""
    if found is None:
        return ""
    return found.iban or found.other_id or found.proxy_id or ""


def payment_key(uetr: str | None, transaction_id: str | None, end_to_end_id: str | None) -> str:
    """The key of a payment in this bank's books: UETR, else TxId (32 digits as a UUID), else EndToEndId."""
    if uetr:
        return uetr.lower()
    if transaction_id and re.fullmatch("[0-9a-f]{32}", transaction_id):
        return str(uuid.UUID(transaction_id))
    return transaction_id or end_to_end_id or ""


def status_report(original: Pacs008, behaviour: Behaviour, word: str, moment: datetime) -> Pacs002:
    """The pacs.002 with which the creditor's bank accepts (`word`) or refuses."""
    transfer = original.transactions[0]
    message_id = new_id()
    refused = bool(behaviour.reject)
    reason = Reason(code=behaviour.reject, info=(behaviour.text,) if behaviour.text else ())
    status = TransactionStatus(
        status_id=message_id,
        original_message_id=original.message_id,
        original_message_name=original.definition,
        original_created=original.created,
        original_instruction_id=transfer.instruction_id,
        original_end_to_end_id=transfer.end_to_end_id,
        original_transaction_id=transfer.transaction_id,
        original_uetr=transfer.uetr,
        status="RJCT" if refused else word,
        reasons=(reason,) if refused else (),
        accepted=None if refused else iso_moment(moment),
    )
    return Pacs002(message_id=message_id, created=iso_moment(moment), transactions=(status,))


def header(sender: FinancialInstitution, receiver: FinancialInstitution, definition: str, moment: datetime) -> Head001:
    """The business application header of a message the bank sends."""
    return Head001(
        sender=Endpoint(institution=sender),
        receiver=Endpoint(institution=receiver),
        business_message_id=new_id(),
        message_definition=definition,
        created=iso_moment(moment),
    )


def write_document(message: Pacs008 | Pacs002, version: str) -> bytes:
    """The Document in canonical form."""
    if isinstance(message, Pacs008):
        return pacs008.write(message, version).body
    return pacs002.write(message, version).body
