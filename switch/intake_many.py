"""A message of many payments at the edge: it is cut into messages of one, and becomes one command for the ledger."""

from collections.abc import Callable
from typing import TypeVar

from iso.messages.pacs004 import Pacs004
from iso.messages.pacs008 import Pacs008
from iso.messages.pacs009 import Pacs009
from schemas.canonical.commands import Prepare, Refuse
from schemas.canonical.payments import PreparePayments
from schemas.canonical.wire import Envelope, Original
from switch.splitting import pieces
from translator.iso.checks import Scheme
from translator.iso.groups import prepare_many

M = TypeVar("M", Pacs008, Pacs009, Pacs004)


def many(
    document: M,
    envelope: Envelope,
    scheme: Scheme,
    prepare: Callable[[M], Prepare | Refuse],
    needs_journey: Callable[[Prepare], bool],
) -> PreparePayments | Refuse:
    """The command; `prepare` makes of a message with one payment what it would have been alone."""

    def cut(names: tuple[str, ...]) -> tuple[Original, ...]:
        if envelope.original is None:
            raise ValueError("a message of many payments comes with its bytes")
        return pieces(envelope.original, names)

    return prepare_many(document, envelope, scheme, prepare, cut, needs_journey)
