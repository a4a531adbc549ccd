"""What a bank's pacs.002 asks for: about one payment or many, each named by its ids or looked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from iso.messages.pacs002 import Pacs002
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import TransferId
from schemas.canonical.transfer import Transfer
from switch.lanes import LEDGER
from translator.iso import returns, settled
from translator.iso.many_answers import Answer, answer_each, each_alone
from translator.iso.reports import OriginalIds, answer, refuse, status_of, transfer_named

if TYPE_CHECKING:
    from switch.intake_iso import Around, Arrived, Asked

_AMBIGUOUS: Final = "the references fit more than one payment; name its UETR"
_UNKNOWN: Final = "no payment has these references"


async def report_command(arrived: "Arrived", around: "Around") -> "Asked":
    """The command of a report; one about many payments has a part for each."""
    message, envelope = arrived.message.business.document, arrived.envelope
    assert isinstance(message, Pacs002)
    if is_agent(arrived, around):
        told = settled.hear(message, envelope) or settled.decide(message, envelope)
        if told is not None:
            return LEDGER, told
    parts = each_alone(message)
    most = around.scheme.payments_max
    if len(parts) > most:
        reason = fault("TOO_MANY_PAYMENTS", f"{len(parts)} payments; at most {most} are taken in one message")
        return LEDGER, refuse(message, reason, envelope)
    answers = [one for part in parts for one in await _answers(part, arrived, around)]
    if not answers:
        reason = fault("MISSING_ELEMENT", "neither a transaction nor a message has a status")
        return LEDGER, refuse(message, reason, envelope)
    return LEDGER, answers[0] if len(answers) == 1 else answer_each(message, answers, envelope)


def is_agent(arrived: "Arrived", around: "Around") -> bool:
    """Whether a settlement agent speaks."""
    sender = around.directory.participant(arrived.envelope.sender)
    return sender is not None and sender.settles


async def _answers(message: Pacs002, arrived: "Arrived", around: "Around") -> list[Answer]:
    """What a report about one payment asks for; about one message, that for each of its payments."""
    envelope = arrived.envelope
    read = status_of(message)
    if isinstance(read, Fault):
        return [refuse(message, read, envelope)]
    named = await _named(message, read[0], arrived, around)
    if isinstance(named, Fault):
        return [refuse(message, named, envelope)]
    bank = around.directory.participant(envelope.sender)
    accepting = bank.iso.accept_statuses if bank and bank.iso else ()
    return [answer(message, one, accepting, envelope) for one in named]


async def _named(message: Pacs002, ids: OriginalIds, arrived: "Arrived", around: "Around") -> list[TransferId] | Fault:
    sender = arrived.envelope.sender
    named, find = transfer_named(ids), around.find
    if find is not None and (ids.message_name or "").startswith(returns.MESSAGES):
        given_back = [one.id for one in await find.returns(sender, ids)]
        named = given_back[0] if len(given_back) == 1 else named
    elif find is not None and (named is None or not ids.uetr):
        found = list(dict.fromkeys(await find(sender, ids)))
        if len(found) > 1:
            whole = not message.transactions and _of_one_message(await find.known(sender, ids), found)
            return found if whole else fault("VALIDATION", _AMBIGUOUS)
        named = found[0] if found else named
    return fault("TRANSFER_NOT_FOUND", _UNKNOWN) if named is None else [named]


def _of_one_message(known: Sequence[Transfer], found: list[TransferId]) -> bool:
    """Whether all that is meant came in one message: of a group status, then, all of it is meant."""
    meant = [one for one in known if one.id in set(found)]
    messages = {(one.payer, one.group) for one in meant}
    return len(meant) == len(found) and len(messages) == 1 and meant[0].group is not None
