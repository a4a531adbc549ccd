"""Requests to pay with a bank on either side: asked, answered, expired, and held against what is paid. Pure.

Between two DFSPs a request is only routed (`dialogues`). Here the hub keeps it, in the lane that decides payments, so
that no request is paid twice or after its end, whatever happens at the same time.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from schemas.canonical.commands import Command, Expire, Prepare
from schemas.canonical.events import Delivery, Event, Refused
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome, Stored
from schemas.canonical.party import Party
from schemas.canonical.requests import (
    REQUESTS,
    WAITING,
    AnswerRequests,
    PaymentAsked,
    PaymentRequest,
    PayRequest,
    QueryRequest,
    RequestAnswered,
    RequestLink,
    RequestPayments,
    RequestState,
    RequestWord,
)
from schemas.canonical.transfer import Transfer, TransferState
from schemas.canonical.wire import Dialect
from switch.dialogue_events import active
from switch.engine import Step, absorb
from switch.state import State

KIND: Final = "pay_request"
"""The kind of its deadlines."""
_LIFE: Final = timedelta(days=30)
"""How long a request without an end is open, and how long after its end it is known."""
_RANK: Final = (RequestState.RECEIVED, RequestState.PENDING, RequestState.ACCEPTED, RequestState.REJECTED)
_RRTP: Final = "RRTP"
CREDITORS: Final = "own "
"""Before the kind of a reference: it is the creditor's name of its own request."""


def step(state: State, command: Command) -> Outcome:
    """Decide a command about requests to pay."""
    match command:
        case RequestPayments():
            return _together([_ask(state, command, one) for one in command.requests])
        case AnswerRequests():
            return _answer(state, command)
        case QueryRequest():
            return _query(state, command)
        case Expire():
            return _expire(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a request to pay")


def _together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as one; links that several requests share are joined."""
    puts: dict[tuple[type, str], Stored] = {}
    events: list[Event] = []
    word = ""
    for outcome in outcomes:
        for put in outcome.puts:
            before = puts.get((type(put), put.key))
            if isinstance(put, RequestLink) and isinstance(before, RequestLink):
                put = replace(put, requests=tuple(dict.fromkeys((*before.requests, *put.requests))))
            puts[type(put), put.key] = put
        events += outcome.events
        word = outcome.state
    return Outcome(tuple(puts.values()), events=tuple(events), state=word)


def _ask(state: State, command: RequestPayments, asked: PaymentRequest) -> Outcome:
    known = state.get(PayRequest, asked.id)
    if known is not None and known.asked.payee != command.envelope.sender:
        return _refused(command, asked, fault("MODIFIED", f"request {asked.id} is somebody else's"))
    if known is not None:
        if known.asked.content_hash != asked.content_hash:
            return _refused(command, asked, fault("MODIFIED", f"request {asked.id} exists with other content"))
        return Outcome(events=(_told(known),), state=known.state.value)
    reason = asked.fault or _wrong(state, asked)
    if reason is not None:
        return _refused(command, asked, reason)
    expiry = asked.expiry or state.now + _LIFE
    request = PayRequest(asked, RequestState.RECEIVED, expiry, max(expiry, state.now) + _LIFE, state.now)
    links = tuple(_linked(state, request))
    original = command.envelope.original if len(command.requests) == 1 else None
    event = Event(request.payer, PaymentAsked(request), Delivery.EXECUTION, request.key, expiry, original)
    return Outcome((request, *links), events=(event,), state=request.state.value)


def _wrong(state: State, asked: PaymentRequest) -> Fault | None:
    """The first thing that hinders a request."""
    payee, payer = active(state, asked.payee), active(state, asked.payer)
    if payee is None:
        return fault("PARTICIPANT_INACTIVE", f"{asked.payee} is not in the scheme")
    if payer is None:
        return fault("PAYER_FSP_NOT_FOUND", f"{asked.payer or 'nobody'} is not in the scheme")
    if payer.name == payee.name and not state.profile.on_us:
        return fault("VALIDATION", "both sides are customers of the same FSP")
    if asked.amount.units <= 0:
        return fault("ZERO_AMOUNT", "the amount must be more than 0")
    if asked.amount.currency not in payer.currencies:
        return fault("PAYER_UNSUPPORTED_CURRENCY", f"{payer.name} holds no account in {asked.amount.currency}")
    if payer.iso is not None and not asked.amount.fits_iso:
        return fault("TOO_MANY_DECIMALS", f"{asked.amount.fspiop} {asked.amount.currency} cannot be asked of a bank")
    if asked.expiry is not None and asked.expiry <= state.now:
        return fault("REQUEST_EXPIRED", "it had expired before it came")
    return None


def _refused(command: RequestPayments, asked: PaymentRequest, reason: Fault) -> Outcome:
    """A request that never was one: its sender is told, for this request alone."""
    body = Refused(REQUESTS, asked.id, reason, asked.terms)
    return Outcome(events=(Event(command.envelope.sender, body, order=asked.id),), state=reason.name)


def _told(request: PayRequest) -> Event:
    return Event(request.asked.payee, RequestAnswered(request), order=request.key)


def _names(request: PayRequest) -> Iterator[str]:
    """The keys under which payer and payee may name it."""
    known = request.asked.references
    own = request.asked.payee
    for kind, text in (
        ("e2e", known.end_to_end_id),
        ("instr", known.instruction_id),
        ("uetr", known.uetr),
        ("msg", known.message_id),
        ("id", request.transaction_id),
    ):
        if text:
            yield link_key(request.payer, kind, text)
            yield link_key(own, CREDITORS + kind, text)


def link_key(owner: FspId, kind: str, text: str) -> str:
    """The key of a reference as that FSP may use it."""
    return f"{owner}|{kind}|{text}"


def _linked(state: State, request: PayRequest) -> Iterator[RequestLink]:
    for name in _names(request):
        link = _with(state, name, request.key)
        if link is not None:
            yield link


def _with(state: State, name: str, key: str) -> RequestLink | None:
    known = state.get(RequestLink, name) or RequestLink(name, ())
    return None if key in known.requests else replace(known, requests=(*known.requests, key))


def called(state: State, owner: FspId, kind: str, text: str, key: str) -> RequestLink | None:
    """One more name by which that FSP may mean a request; None if it may already."""
    return _with(state, link_key(owner, kind, text), key)


def fitting(state: State, owner: FspId, named: Sequence[tuple[str, str | None]], mark: str = "") -> list[str]:
    """The keys of the requests that fit everything they are named by, in order; none if by nothing."""
    sets = [set(_at(state, owner, mark + kind, text)) for kind, text in named if text]
    return sorted(set.intersection(*sets)) if sets else []


def kept_longer(state: State, request: PayRequest) -> PayRequest:
    """The request, known for its time from now on."""
    return replace(request, kept=max(request.kept, state.now + _LIFE))


def _answer(state: State, command: AnswerRequests) -> Outcome:
    """Each word goes to the requests it means; a message that means none at all is refused as it stands."""
    sender = command.envelope.sender
    tried, outcomes, reason = (
        state.fork(),
        [],
        fault("TRANSACTION_REQUEST_NOT_FOUND", "no request has these references"),
    )
    for word in command.words:
        for request in _meant(tried, sender, word):
            outcome = _say(tried, command, request, word)
            absorb(tried, outcome, [], [])
            outcomes.append(outcome)
    if outcomes:
        refused = next((outcome for outcome in outcomes if outcome.fault is not None), None)
        done = [outcome for outcome in outcomes if outcome.fault is None]
        if done or refused is None:
            return _together(done)
        reason = refused.fault or reason
    if command.envelope.dialect is Dialect.ISO_XML:
        return Outcome(fault=reason, state=reason.name)
    body = Refused(REQUESTS, command.key, reason)
    return Outcome(events=(Event(sender, body, order=command.key),), state=reason.name)


def _meant(state: State, payer: FspId, word: RequestWord) -> list[PayRequest]:
    """The requests of that payer that fit everything the word names them by."""
    if word.id is not None:
        found = state.get(PayRequest, word.id)
        return [found] if found is not None else []
    named = (("uetr", word.uetr), ("e2e", word.end_to_end_id), ("instr", word.instruction_id), ("msg", word.message_id))
    fits = [state.get(PayRequest, key) for key in fitting(state, payer, named)]
    return [one for one in fits if one is not None and word.batch in (None, one.asked.batch, NO_BATCH)]


NO_BATCH: Final = "NOTPROVIDED"
"""What the hub calls the PmtInf of a request that had no PmtInfId."""


def _at(state: State, payer: FspId, kind: str, text: str) -> tuple[str, ...]:
    link = state.get(RequestLink, link_key(payer, kind, text))
    return link.requests if link is not None else ()


def _say(state: State, command: AnswerRequests, request: PayRequest, word: RequestWord) -> Outcome:
    """What the payer's side says of one request; it never goes back."""
    if request.payer != command.envelope.sender:
        return Outcome(fault=fault("WRONG_SENDER", f"{request.key} was not asked of {command.envelope.sender}"))
    if request.state not in WAITING:
        if request.state is RequestState.CANCELLED:
            crossed = word.state is not RequestState.ACCEPTED
            return Outcome(state="REPEATED") if crossed else Outcome(fault=request.fault)
        if request.state is word.state or (request.state is not RequestState.EXPIRED and word.state in WAITING):
            return Outcome(state="REPEATED")
        late = request.state is RequestState.EXPIRED
        return Outcome(fault=fault("REQUEST_EXPIRED") if late else fault("MODIFIED", f"{request.key} has ended"))
    if _RANK.index(word.state) <= _RANK.index(request.state):
        learned = request.transaction_id is None and word.transaction_id is not None
        if not learned and word.state is not RequestState.RECEIVED:
            return Outcome(state="REPEATED")
    said = max(word.state, request.state, key=_RANK.index)
    changed = replace(
        kept_longer(state, request),
        state=said,
        fault=word.fault,
        transaction_id=word.transaction_id or request.transaction_id,
    )
    event = replace(_told(changed), original=command.envelope.original if len(command.words) == 1 else None)
    return Outcome((changed, *_linked(state, changed)), events=(event,), state=said.value)


def _query(state: State, command: QueryRequest) -> Outcome:
    sender, request = command.envelope.sender, state.get(PayRequest, command.key)
    if request is None or sender not in {request.payer, request.asked.payee}:
        body = Refused(REQUESTS, command.key, fault("TRANSACTION_REQUEST_NOT_FOUND"))
        return Outcome(events=(Event(sender, body, Delivery.DIALOGUE, command.key),), state="UNKNOWN")
    event = replace(_told(request), receiver=sender)
    return Outcome(events=(event,), state=request.state.value)


def _expire(state: State, command: Expire) -> Outcome:
    """Its time is over: the creditor's side is told; or it is so long ago that it is not held in memory any more."""
    request = state.get(PayRequest, command.key)
    if request is None or request.deadline is None or state.now < request.deadline:
        return Outcome(state="NOT_DUE")
    if request.state in WAITING:
        expired = replace(request, state=RequestState.EXPIRED, fault=fault("REQUEST_EXPIRED"))
        return Outcome((expired,), events=(_told(expired),), state=expired.state.value)
    links = (state.get(RequestLink, name) for name in _names(request))
    left = tuple(
        replace(link, requests=tuple(one for one in link.requests if one != request.key)) for link in links if link
    )
    return Outcome((replace(request, closed=True), *left), state="FORGOTTEN")


def for_request(state: State, command: Prepare) -> Prepare:
    """A payment with the request it answers, or with the fault that it must not be made for that request (5.7).

    A payment of other purpose that only shares a reference with a request, and has another creditor, is none for it.
    """
    if command.fault is not None or command.target is not None or state.get(Transfer, command.transfer_id) is not None:
        return command
    # Most payments are for no request: they must not pay for looking.
    found = _candidates(state, command) if state.holds(RequestLink) else []
    if not found:
        return (
            command if command.terms.request is None else replace(command, terms=replace(command.terms, request=None))
        )
    request = next((one for one in found if _unfit(state, one, command) is None), found[0])
    reason = _unfit(state, request, command)
    return replace(command, terms=replace(command.terms, request=request.key), fault=reason)


def _candidates(state: State, command: Prepare) -> list[PayRequest]:
    terms, payer = command.terms, command.payer
    references = terms.references
    keys: list[str] = [terms.request] if terms.request else []
    keys += _at(state, payer, "id", terms.transaction_id)
    if references is not None:
        keys += _at(state, payer, "uetr", references.uetr or "")
        keys += _at(state, payer, "e2e", references.end_to_end_id or "")
        keys += _at(state, payer, "instr", references.instruction_id or "")
    for text in (terms.remittance_reference, *terms.remittance):
        keys += _at(state, payer, "e2e", text or "")
    found = (state.get(PayRequest, key) for key in dict.fromkeys(keys))
    answers = (references is not None and references.purpose == _RRTP) or terms.request is not None
    return [
        one for one in found if one is not None and one.payer == payer and (answers or one.asked.payee == command.payee)
    ]


def _unfit(state: State, request: PayRequest, command: Prepare) -> Fault | None:
    """Why the request may not be paid by this."""
    asked, amount = request.asked, command.amount
    if request.state in {RequestState.PAYING, RequestState.PAID}:
        return fault("REQUEST_PAID", f"request {request.key} is paid by {request.paid_by}")
    if request.state is RequestState.EXPIRED or (request.state in WAITING and request.expiry <= state.now):
        return fault("REQUEST_EXPIRED", f"request {request.key} ended at {request.expiry:%Y-%m-%dT%H:%M:%SZ}")
    if request.state is RequestState.CANCELLED:
        return fault("REQUEST_CANCELLED", f"request {request.key} was taken back by its creditor")
    if request.state is RequestState.REJECTED:
        return fault("REQUEST_REFUSED", f"request {request.key} was refused by the payer")
    if command.payee != asked.payee or not _same_party(asked.terms.payee, command.terms.payee):
        return fault("REQUEST_CREDITOR", f"request {request.key} is of another creditor")
    given = (amount, command.terms.payee_receives, command.terms.instructed)
    if asked.amount in given or (asked.modifiable and amount.currency == asked.amount.currency):
        return None
    wanted = f"{asked.amount.fspiop} {asked.amount.currency}"
    return fault("REQUEST_AMOUNT", f"request {request.key} is for {wanted}, not {amount.fspiop} {amount.currency}")


def _same_party(asked: Party, paid: Party) -> bool:
    """Whether the account (or identifier) is the creditor's, as far as both name one of the same kind."""
    if asked.id is not None and paid.id is not None and asked.id.type == paid.id.type:
        return asked.id.identifier == paid.id.identifier
    if asked.account is None or paid.account is None:
        return True
    pairs = ((asked.account.iban, paid.account.iban), (asked.account.other, paid.account.other))
    return all(left == right for left, right in pairs if left and right)


def answered(state: State, outcome: Outcome) -> Outcome:
    """What a transfer's change means for the request it pays: reserved, paid, or open again."""
    changed: list[Stored] = []
    for put in outcome.puts:
        if isinstance(put, Transfer) and put.terms.request is not None:
            changed += _after(state, put)
    return replace(outcome, puts=(*outcome.puts, *changed)) if changed else outcome


def _after(state: State, transfer: Transfer) -> Iterator[PayRequest]:
    request = state.get(PayRequest, transfer.terms.request or "")
    if request is None:
        return
    if transfer.state is TransferState.RESERVED and request.state in WAITING:
        yield replace(request, state=RequestState.PAYING, paid_by=transfer.id)
    elif request.paid_by == transfer.id and request.state is RequestState.PAYING:
        if transfer.state is TransferState.COMMITTED:
            yield replace(kept_longer(state, request), state=RequestState.PAID)
        elif transfer.state is TransferState.ABORTED:
            yield replace(request, state=RequestState.ACCEPTED, paid_by=None)


def with_requests(step_of_transfers: Step) -> Step:
    """The step of a lane's deadlines: those of requests to pay are decided here, all others there."""

    def decide(state: State, command: Command) -> Outcome:
        mine = isinstance(command, Expire) and command.kind == KIND
        return step(state, command) if mine else step_of_transfers(state, command)

    return decide
