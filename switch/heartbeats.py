"""Signs of life that the hub gives banks which want them (admi.004), and who does not answer. Pure.

Each is of use until the next one only, and is tried briefly, so that none pile up for a bank that is not there. What
they tell of a bank is shown; nothing else follows from it.
"""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from schemas.canonical.broadcasts import Heartbeat
from schemas.canonical.events import Delivery, Event
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.system import EventTold, Presence, SystemEvent
from switch.state import State

KIND: Final = "heartbeat"
"""The kind of their deadlines."""
WORD: Final = "heartbeat"
"""Their word in the scheme's table of broadcasts."""
_CODE: Final = "ECHO"


def arranged(state: State, name: FspId, interval_s: int) -> tuple[Heartbeat, ...]:
    """What is to be written when a bank wants one every so many seconds (0: none)."""
    known = state.get(Heartbeat, name)
    if (known.interval_s if known is not None and known.open else 0) == interval_s:
        return ()
    return (Heartbeat(name, interval_s, state.now + timedelta(seconds=interval_s)),)


def beat(state: State, key: str) -> Outcome:
    """Give the next sign of life, unless the bank is switched off or has signed off."""
    known = state.get(Heartbeat, key)
    if known is None or not known.open or state.now < known.due:
        return Outcome(state="NOT_DUE")
    bank, presence = state.get(Participant, known.participant), state.get(Presence, known.participant)
    pause = timedelta(seconds=known.interval_s)
    if bank is None or bank.iso is None or not bank.active or (presence is not None and presence.signed_off):
        return Outcome((replace(known, due=state.now + pause, sent=None, missed=0),), state="RESTING")
    missed = known.missed + 1 if known.awaited else 0
    number = known.number + 1
    after = replace(known, due=state.now + pause, number=number, sent=state.now, missed=missed)
    body = EventTold(f"{KIND} {number}", SystemEvent(state.profile.calendar.codes.get(WORD, _CODE), (str(number),)))
    event = Event(known.participant, body, Delivery.DIALOGUE, f"{KIND} {key} {number}", after.due)
    return Outcome((after,), events=(event,), state="SENT")


def heard(state: State, name: FspId) -> tuple[Heartbeat, ...]:
    """What is to be written when a bank says that it is there."""
    known = state.get(Heartbeat, name)
    if known is None or not known.open:
        return ()
    return (replace(known, heard=state.now, missed=0),)
