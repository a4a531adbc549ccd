"""acmt.023 and acmt.024, both directions: what a bank asks or answers about parties, and what it is asked or answered.

Source: mapping 2.6 (GET and PUT /parties), code tables (verification reasons).
"""

import hashlib
from collections.abc import Iterator

import msgspec

from iso.messages import acmt023, acmt024, fields
from iso.messages.acmt023 import Acmt023, Question
from iso.messages.acmt024 import Acmt024, Finding
from iso.messages.fields import FinancialInstitution
from iso.messages.verification import Assignment, Identified, Side
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.party import Party
from schemas.canonical.verification import (
    AnswerVerification,
    PartyFinding,
    PartyQuestion,
    VerificationAsked,
    VerificationReported,
    VerifyParties,
)
from schemas.canonical.wire import Envelope
from schemas.codes.verification import verification_reason
from translator.iso.agents import Directory, Unclear, hub_institution, ids_of, institution_of
from translator.iso.checks import Scheme
from translator.iso.moments import moment_out
from translator.iso.parties import account_out, party_in, party_out
from translator.losses import Loss
from translator.outgoing import Task

QUESTION = "acmt.023"
REPORT = "acmt.024"
_CODE_MAX = 4


def verify(message: Acmt023, envelope: Envelope, directory: Directory, scheme: Scheme) -> VerifyParties:
    """A bank's questions. The agent of each is asked; none given: whom the header addresses, else an oracle's."""
    digest = hashlib.sha256(msgspec.json.encode(message.questions)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    number = envelope.message_id or message.assignment.message_id
    return VerifyParties(
        envelope,
        f"verification:{envelope.sender}:{number}",
        message.assignment.message_id,
        message.assignment.created,
        tuple(_question(one, envelope, directory, scheme) for one in message.questions),
    )


def answer(message: Acmt024, envelope: Envelope) -> AnswerVerification:
    """A bank's findings by the number it was asked under."""
    digest = hashlib.sha256(msgspec.json.encode(message.findings)).digest()
    envelope = msgspec.structs.replace(envelope, content_hash=digest)
    return AnswerVerification(envelope, tuple((one.original_id, _finding(one, envelope)) for one in message.findings))


def render_question(body: VerificationAsked, task: Task) -> bytes:
    """The Document of an acmt.023 with one question."""
    context, version = task.context, task.definition(QUESTION)
    asker = institution_of(context.participant(body.asker), body.asker)
    asked = body.question.party
    message = Acmt023(
        assignment=Assignment(
            message_id=context.message_id,
            created=moment_out(context.now),
            creator=Side(asker),
            first_agent=asker,
            assigner=Side(hub_institution(context.hub)),
            assignee=Side(institution_of(task.receiver, task.receiver.name)),
        ),
        questions=(Question(id=body.question.number, asked=_identified(asked, task, task.receiver.name)),),
        definition=version,
    )
    written = acmt023.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def render_report(body: VerificationReported, task: Task) -> bytes:
    """The Document of an acmt.024 with all findings."""
    context, version, one = task.context, task.definition(REPORT), body.verification
    message = Acmt024(
        assignment=Assignment(
            message_id=context.message_id,
            created=moment_out(context.now),
            assigner=Side(hub_institution(context.hub)),
            assignee=Side(institution_of(task.receiver, task.receiver.name)),
        ),
        original_message_id=one.message_id,
        original_created=one.made or None,
        findings=tuple(_findings(one.questions, task)),
        definition=version,
    )
    written = acmt024.write(message, version)
    task.losses.extend(Loss(path, "", f"{version} has no room for it") for path in written.lost)
    return written.body


def reason_told(found: PartyFinding) -> str | None:
    """The reason beside a finding; None where there is nothing to explain."""
    if found.verified:
        return None
    return found.reason or (verification_reason(found.fault.fspiop) if found.fault else None)


def _question(one: Question, envelope: Envelope, directory: Directory, scheme: Scheme) -> PartyQuestion:
    asked = one.asked
    ids = ids_of(asked.agent)
    meant = directory.resolve(ids) if ids.given else envelope.receiver
    if meant is None and asked.account is not None and asked.account.iban and not ids.given:
        meant = directory.holder(asked.account.iban)
    wrong: Fault | None = None
    if isinstance(meant, Unclear):
        meant, wrong = None, fault("DESTINATION_FSP", f"{ids.text}: {meant}")
    elif ids.given and (meant is None or meant == scheme.hub.name):
        meant, wrong = None, fault("DESTINATION_FSP", f"{ids.text} is no participant")
    party = party_in(asked.party or fields.Party(), asked.account, meant, agent_given=meant is not None)
    return PartyQuestion(one.id, party, meant, fault=wrong)


def _finding(one: Finding, envelope: Envelope) -> PartyFinding:
    told = one.updated
    party: Party | None = None
    if told is not None:
        party = party_in(told.party or fields.Party(), told.account, FspId(envelope.sender))
    return PartyFinding(one.verified, one.code or one.proprietary, party)


def _findings(questions: tuple[PartyQuestion, ...], task: Task) -> Iterator[Finding]:
    for question in questions:
        found = question.finding
        if found is None:
            raise ValueError(f"question {question.id} is told before it is answered")
        reason = reason_told(found) or ""
        known = found.party
        yield Finding(
            original_id=question.id,
            verified=found.verified,
            code=reason if 0 < len(reason) <= _CODE_MAX else None,
            proprietary=reason if len(reason) > _CODE_MAX else None,
            asked=_identified(question.party, task, None),
            updated=_identified(known, task, question.fsp) if known is not None else None,
        )


def _identified(party: Party, task: Task, fsp: FspId | None) -> Identified:
    """A party as far as it is known; nothing stands in for a name that nobody gave."""
    name, charset = party.display_name, task.context.charset
    told = party_out(party, "party", task.losses, charset) if name or (party.organisation and party.id) else None
    account = account_out(party, "party", party.currencies[0] if party.currencies else "", task.losses)
    if account is not None and not account.currency:
        account = msgspec.structs.replace(account, currency=None)
    agent: FinancialInstitution | None = None
    if fsp is not None:
        agent = institution_of(task.context.participant(fsp), fsp)
    return Identified(told, account, agent)
