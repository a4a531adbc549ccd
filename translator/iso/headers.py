"""Headers of answers: they repeat the header of what they answer, without its signature (mapping 2.8)."""

from iso.messages.fields import Code, FinancialInstitution
from iso.messages.head001 import Endpoint, Head001, RelatedHeader
from schemas.canonical.events import Aborted, Committed, Event, Pending, Refused, Role, Stated
from schemas.canonical.initiation import InitiationReported
from schemas.canonical.payments import PaymentsReported
from schemas.canonical.requests import RequestAnswered
from schemas.canonical.terms import IsoReferences
from schemas.canonical.wire import AgentName, RequestHeader


def header_in(header: Head001) -> RequestHeader:
    """What is kept of a bank's header for the answers to its message."""
    practice = (header.practice_registry, header.practice_id)
    return RequestHeader(
        _name_in(header.sender.institution),
        _name_in(header.receiver.institution),
        header.business_message_id,
        header.message_definition,
        header.created,
        header.business_service,
        (practice[0] or "", practice[1] or "") if all(practice) else None,
        header.copy,
        header.possible_duplicate,
        header.priority,
    )


def related(header: RequestHeader) -> RelatedHeader:
    """Rltd of an answer."""
    registry, practice = header.practice or (None, None)
    return RelatedHeader(
        sender=Endpoint(institution=_name_out(header.sender)),
        receiver=Endpoint(institution=_name_out(header.receiver)),
        business_message_id=header.message_id,
        message_definition=header.definition,
        business_service=header.service,
        practice_registry=registry,
        practice_id=practice,
        created=header.created,
        copy=header.copy,
        possible_duplicate=header.repeated,
        priority=header.priority,
    )


def answered(event: Event) -> RequestHeader | None:
    """The header of the message that an event for its sender answers; None if it answers none, or one without."""
    if event.related is not None:
        return event.related
    references: IsoReferences | None = None
    match event.body:
        case Committed(transfer=transfer, role=Role.PAYER) | Aborted(transfer=transfer, role=Role.PAYER):
            references = transfer.terms.references
        case Stated(transfer=transfer, role=Role.PAYER):
            references = transfer.terms.references
        case InitiationReported(initiation=initiation):
            references = initiation.head.references
        case RequestAnswered(request=request):
            references = request.asked.references
        case PaymentsReported(group=group):
            references = group.references
        case Refused(terms=terms) | Pending(terms=terms) if terms is not None:
            references = terms.references
        case _:
            pass
    return references.header if references is not None else None


def _name_in(agent: FinancialInstitution | None) -> AgentName:
    if agent is None:
        return AgentName()
    system = agent.clearing_system or Code()
    return AgentName(agent.bicfi, agent.lei, system.code, system.proprietary, agent.member_id, agent.other_id)


def _name_out(name: AgentName) -> FinancialInstitution:
    system = Code(name.system, name.own_system) if name.system or name.own_system else None
    return FinancialInstitution(name.bic, name.lei, system, name.member, name.other)
