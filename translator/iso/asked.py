"""What questions about accounts, payments and reports have in common: who asks, of which accounts, of which time."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from iso.messages.cash import Match
from iso.messages.fields import Account, Code, FinancialInstitution, Party
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import HUB_NUMBER, AccountType
from schemas.canonical.reports import Asked
from schemas.canonical.wire import Envelope
from translator.iso.agents import AgentIds, Directory, Unclear, ids_of

_ALL: Final = "ALLL"
_SCALE: Final = 4
_NOT_PROVIDED: Final = "NOTPROVIDED"
"""How conversions from MT fill an owner that must be there."""
_AMOUNT: Final = re.compile(r"([0-9]{1,18})(?:[.]([0-9]{0,17}))?", re.ASCII)
ACCOUNT_CODES: Final = {
    AccountType.POSITION.value: "CPAC",
    AccountType.SETTLEMENT.value: "SACC",
    AccountType.INTERCHANGE_FEE.value: "COMM",
    AccountType.HUB_FEE.value: "CHAR",
}
"""Ledger account type -> code of the ISO list; others go by their own names (reference table 5)."""


def account_type(kind: str) -> Code:
    """The type of a ledger account as messages name it."""
    code = ACCOUNT_CODES.get(kind)
    return Code(code=code) if code else Code(proprietary=kind)


def types_of(codes: Iterable[Code]) -> tuple[str, ...]:
    """The ledger account types that are meant; a code of no account type here fits none."""
    named = {code: kind for kind, code in ACCOUNT_CODES.items()}
    return tuple(named.get(each.code or "", each.value) for each in codes)


def identified(envelope: Envelope, message: Any) -> Envelope:
    """The envelope with the hash of what the message says, whenever it was written."""
    content = msgspec.structs.replace(message, created=None)
    return msgspec.structs.replace(envelope, content_hash=hashlib.sha256(msgspec.json.encode(content)).digest())


def asked_of(message: Any, envelope: Envelope, without: tuple[str, ...] = ()) -> Asked:
    """How the answer names a message, and what of itself it leaves out."""
    return Asked(message.message_id, message.definition, message.created, envelope.header, without)


def unwanted(returned: msgspec.Struct | None) -> tuple[str, ...]:
    """The parts of an answer that the return criteria say are not wanted; one they do not name is told."""
    if returned is None:
        return ()
    return tuple(name for name in returned.__struct_fields__ if getattr(returned, name) is False)


def query_refusal(query_type: str | None) -> Fault | None:
    """Why a question of that type is not answered: what was told before is not kept, so there are no changes of it."""
    if query_type in {None, _ALL}:
        return None
    return fault("NOT_IMPLEMENTED", f"QryTp {query_type}: answers are whole (ALLL)")


def unread(message: Any, allowed: Iterable[str] = ()) -> Fault | None:
    """Why a question is refused that says more than is understood here: the answer would be to another question."""
    odd = next((path for path in message.untyped if not path.startswith(tuple(allowed))), None)
    return fault("NOT_IMPLEMENTED", f"{odd} is not taken here") if odd else None


def owner_refusal(owner: Party | FinancialInstitution | None, asker: FspId, directory: Directory) -> Fault | None:
    """Why the owner that a question names may not be asked about: it must be the asker. None at all is the asker."""
    ids = _ids(owner)
    if not ids.given:
        return None
    found = directory.resolve(ids)
    if found == asker:
        return None
    return fault("FORBIDDEN", f"{ids.text} is not {asker}: only one's own accounts are told of")


def is_hub(name: FspId, directory: Directory) -> bool:
    """Whether it is the hub that was found by that name."""
    found = directory.participant(name)
    return found is None or found.number == HUB_NUMBER


def servicer_refusal(ids: AgentIds, directory: Directory) -> Fault | None:
    """Why the servicer that a question names cannot be asked: a participant keeps no accounts for others here."""
    found = directory.resolve(ids) if ids.given else None
    if found is None or isinstance(found, Unclear) or is_hub(found, directory):
        return None
    return fault("FORBIDDEN", f"AcctSvcr {ids.text} is a participant; the accounts asked about are kept by the hub")


def _ids(owner: Party | FinancialInstitution | None) -> AgentIds:
    if owner is None or isinstance(owner, FinancialInstitution):
        ids = ids_of(owner)
        return msgspec.structs.replace(ids, bicfi=None) if ids.bicfi == _NOT_PROVIDED else ids
    other = owner.ids[0].id if owner.ids else None
    # Somebody named by nothing but a name may be called as in the scheme.
    named = other or (owner.name if not (owner.any_bic or owner.lei) else None)
    bic = None if owner.any_bic == _NOT_PROVIDED else owner.any_bic
    return AgentIds(None, bic, owner.lei, None if named == _NOT_PROVIDED else named)


def number_of(account: Account | Match | None) -> str | None:
    """The number by which an account is meant; the hub's accounts have no IBAN, so one fits none of them."""
    if account is None:
        return None
    return account.iban or account.other_id


def units_of(text: str | None) -> int | None:
    """An amount in units of 10^-4, whatever its currency; None if it is none, or finer than that."""
    found = _AMOUNT.fullmatch((text or "").strip())
    if found is None or len((found[2] or "").rstrip("0")) > _SCALE:
        return None
    return int(found[1] + (found[2] or "").rstrip("0").ljust(_SCALE, "0"))
