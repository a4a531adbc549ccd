"""Requests for reports: camt.060. What a request says is kept or refused by name; nothing of it is passed over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from iso.messages.camt060 import Camt060, Requested
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.reporting import AccountChoice, AskReports, FloorLimit, ReportRequest
from schemas.canonical.reports import ReportKind
from schemas.canonical.wire import Envelope
from translator.iso.agents import Directory, ids_of
from translator.iso.asked import asked_of, identified, number_of, owner_refusal, servicer_refusal, types_of, unread
from translator.iso.asked import units_of as units_in
from translator.iso.moments import date_in, time_on
from translator.iso.statements import BALANCES

_KINDS: Final = {f"camt.{kind.value}": kind for kind in ReportKind}
_LIMITS: Final = "camt.010"
_MT: Final = {
    "900": "camt.054", "910": "camt.054", "940": "camt.053", "941": "camt.052", "942": "camt.052", "950": "camt.053",
}  # fmt: skip
"""What an MT920 asks for, where its number stands in the converted message -> the report that took its place."""
_ALL: Final = "ALLL"
_BOOKED: Final = "BOOK"
_CREDITS: Final = frozenset({"CRED", "BOTH"})
_DEBITS: Final = frozenset({"DEBT", "BOTH"})
_CREDIT: Final = "CRDT"
_NUMBER_MAX: Final = 10**9
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)
_DAY: Final = timedelta(days=1)
_LAST_SECOND: Final = time(23, 59, 59)
_REQUESTS_MAX: Final = 100


def ask(message: Camt060, envelope: Envelope, directory: Directory) -> AskReports:
    """A request for reports; each is answered by itself, also where it is refused."""
    requests = tuple(_request(each, envelope.sender, directory) for each in message.requests)
    wrong = unread(message)
    if len(requests) > _REQUESTS_MAX:
        requests, wrong = (), fault("TOO_MANY_ELEMENTS", f"at most {_REQUESTS_MAX} RptgReq are taken in one message")
    return AskReports(identified(envelope, message), asked_of(message, envelope), requests, wrong)


def _request(given: Requested, asker: FspId, directory: Directory) -> ReportRequest:
    name = given.message_name.strip()
    converted = name.upper().removeprefix("MT") in _MT
    name = _MT.get(name.upper().removeprefix("MT"), name)
    account = given.account
    number = number_of(account)
    choice = AccountChoice(
        ids=(number,) if number else (),
        types=types_of((account.type,)) if account is not None and account.type is not None and not number else (),
        currencies=(account.currency,) if account is not None and account.currency else (),
    )
    kind = _KINDS.get(name[:8])
    # An MT920 has neither status nor side; whatever its conversion wrote there was not asked.
    direction = None if converted else given.entry_direction
    days, wrong_days = _days(given)
    numbers, wrong_numbers = _numbers(given)
    since, until, wrong_times = _times(given)
    floors, wrong_floors = _floors(given)
    wrong = (
        owner_refusal(given.owner or given.owner_agent, asker, directory)
        or servicer_refusal(ids_of(given.servicer), directory)
        or _unknown(name)
        or _refusal(given, converted=converted)
        or wrong_days
        or wrong_times
        or wrong_numbers
        or wrong_floors
        or next(_unkept(given, kind, direction, floors), None)
    )
    if kind is ReportKind.DAY:
        since = until = None
    return ReportRequest(
        kind, choice, days, since, until, numbers, _excluded(given), _balances(given), direction, floors, given.id,
        wrong,
    )  # fmt: skip


def _unknown(name: str) -> Fault | None:
    if name[:8] in _KINDS or name[:8] == _LIMITS:
        return None
    return fault("NOT_IMPLEMENTED", f"ReqdMsgNmId {name[:35]}: reports are camt.052, camt.053, camt.054, camt.010")


def _refusal(given: Requested, *, converted: bool) -> Fault | None:
    if given.query_type not in {None, _ALL}:
        return fault("NOT_IMPLEMENTED", f"RptgPrd/Tp {given.query_type}: reports are whole (ALLL)")
    if given.entry_status not in {None, _BOOKED} and not converted:
        detail = f"ReqdTxTp/Sts {given.entry_status}: reports are of what is booked (BOOK); what waits tells a camt.005"
        return fault("NOT_IMPLEMENTED", detail)
    return None


def _unkept(
    given: Requested, kind: ReportKind | None, direction: str | None, floors: tuple[FloorLimit, ...]
) -> Iterator[Fault]:
    """What a report of this kind cannot be asked for."""
    numbered = given.ranges or given.sequences or given.not_sequences or given.from_sequence or given.to_sequence
    if kind is None:
        if given.from_day or numbered or given.entry_status or given.balances:
            yield fault("NOT_IMPLEMENTED", "camt.010: limits are those of now, without a period, entries or balances")
        return
    if numbered and kind is not ReportKind.DAY:
        yield fault("NOT_IMPLEMENTED", f"RptgSeq: a camt.{kind.value} is not kept by its number; ask for a period")
    if kind is ReportKind.DAY and _leaves_out(direction, floors):
        text = "ReqdTxTp: a camt.053 holds every entry of its day; ask for a camt.052 or camt.054 of a side or floor"
        yield fault("NOT_IMPLEMENTED", text)
    if kind is ReportKind.DAY and not _whole_days(given):
        yield fault("NOT_IMPLEMENTED", "FrToTm: a camt.053 is of whole business days; ask for a camt.052 of hours")
    known = BALANCES.get(kind, ())
    odd = next((each for each in _balances(given) if each not in known), None)
    if odd is not None:
        offered = f"has {', '.join(known)}" if known else "has no balances"
        yield fault("NOT_IMPLEMENTED", f"ReqdBalTp {odd[:35]}: a camt.{kind.value} {offered}")


def _leaves_out(direction: str | None, floors: tuple[FloorLimit, ...]) -> bool:
    credit = direction in {None, _CREDIT} or any(one.credits for one in floors)
    debit = direction != _CREDIT or any(one.debits for one in floors)
    return not (credit and debit) or any(one.units for one in floors)


def _balances(given: Requested) -> tuple[str, ...]:
    return tuple(each.code or each.proprietary or "" for each in given.balances)


def _floors(given: Requested) -> tuple[tuple[FloorLimit, ...], Fault | None]:
    """The floor limits; one for either side of a currency at most."""
    found: list[FloorLimit] = []
    seen: set[tuple[str, str]] = set()
    for one in given.floors:
        units = units_in(one.amount.text)
        if units is None:
            return (), fault("MALFORMED_AMOUNT", f"FlrLmt {one.amount.text[:20]} is no amount that is kept here")
        floor = FloorLimit(one.amount.currency, units, one.side in _CREDITS, one.side in _DEBITS)
        sides = {(floor.currency, name) for name, meant in (("C", floor.credits), ("D", floor.debits)) if meant}
        if sides & seen:
            return (), fault("VALIDATION", f"FlrLmt: two limits for the same side in {floor.currency}")
        seen |= sides
        found.append(floor)
    return tuple(found), None


def _days(given: Requested) -> tuple[tuple[str, str | None] | None, Fault | None]:
    if given.from_day is None:
        return None, None
    first, last = date_in(given.from_day), date_in(given.to_day)
    if first is None or not _FIRST_DAY <= first < _LAST_DAY or (given.to_day is not None and last is None):
        return None, fault("WRONG_DATE", f"RptgPrd begins at {given.from_day}")
    if last is not None and last < first:
        return None, fault("WRONG_DATE", "RptgPrd ends before it begins")
    return (first.isoformat(), last.isoformat() if last is not None and last < _LAST_DAY else None), None


def _times(given: Requested) -> tuple[datetime | None, datetime | None, Fault | None]:
    """The moments that times of day name, where they are given; without a last day both are of the first."""
    first, last = date_in(given.from_day), date_in(given.to_day or given.from_day)
    if first is None or last is None:
        return None, None, None
    since, until = time_on(first, given.from_time), time_on(last, given.to_time)
    for text, moment in ((given.from_time, since), (given.to_time, until)):
        if text and moment is None:
            return None, None, fault("WRONG_DATE", f"FrToTm: {text[:20]} is no time of a day")
    if until is not None and until.time() >= _LAST_SECOND:
        # What is written so is the end of the day.
        until = datetime.combine(until.date(), time(), UTC) + _DAY
    midnight = since is not None and since.time() == time() and until is None
    # From midnight on is no time of day, but how a version that demands one says: the whole day.
    return (None, None, None) if midnight else (since, until, None)


def _whole_days(given: Requested) -> bool:
    """Whether times of day, where they are given, are the begin of a day and the end of one."""
    since, until, _ = _times(given)
    return all(each is None or each.time() == time() for each in (since, until))


def _numbers(given: Requested) -> tuple[tuple[tuple[int, int], ...], Fault | None]:
    texts = [(each.first, each.last) for each in given.ranges] + [(each, each) for each in given.sequences]
    if given.from_sequence is not None:
        texts.append((given.from_sequence, str(_NUMBER_MAX)))
    if given.to_sequence is not None:
        texts.append(("1", given.to_sequence))
    odd = next((text for pair in (*texts, *((each, each) for each in given.not_sequences)) for text in pair
                if not _plain(text)), None)  # fmt: skip
    if odd is not None:
        return (), fault("VALIDATION", f"RptgSeq {odd}: reports have whole numbers from 1 on")
    return tuple((int(first), int(last)) for first, last in texts), None


def _excluded(given: Requested) -> tuple[int, ...]:
    return tuple(int(text) for text in given.not_sequences if _plain(text))


def _plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_NUMBER_MAX))
