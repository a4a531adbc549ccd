"""Rules at the edge: which packs a message meets, what of their findings refuses it, and what is only told.

A pack named in a sender's profile refuses; others refuse where the scheme says so (`refuse`), and else are counted and
logged. What refuses does so by the message's own answer, after the duplicate check: here it becomes a fault.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from lxml import etree

from iso import gate
from iso.forms import Filled
from iso.messages.head001 import Head001
from iso.rules.choice import HUB_DECIDES, packs_for
from iso.rules.engine import judge
from iso.rules.model import Broken, Severity
from schemas.canonical.faults import FAULTS, Fault

_LOG: Final = logging.getLogger(__name__)
_DESCRIPTION_MAX: Final = 128
_STEPS: Final = 3
NAME: Final = "RULE_BROKEN"
"""The name of the fault of a broken rule."""


class Verdict(msgspec.Struct, frozen=True):
    """All that was found, and the fault of the first finding that refuses."""

    findings: tuple[Broken, ...] = ()
    unfit: Fault | None = None


RIGHT: Final = Verdict()


class Judge:
    """Judges messages by `packs`, those of their header and those of their sender; `counts` tells which rules broke."""

    def __init__(self, packs: tuple[str, ...], *, refuse: bool, limits: gate.Limits) -> None:
        self._packs = packs
        self._refuse = refuse
        self._limits = limits
        self._chosen: dict[tuple[str | None, str | None, str | None, tuple[str, ...]], tuple[str, ...]] = {}
        self.counts: Counter[str] = Counter()

    def judge(
        self,
        header: Head001 | None,
        header_el: etree._Element | None,
        document_el: etree._Element,
        body: bytes,
        own: tuple[str, ...],
        held: tuple[Sequence[etree._Element], Sequence[etree._Element]] | None = None,
        filled: Filled | None = None,
    ) -> Verdict:
        """The verdict on a message of a sender in whose profile the packs `own` are named.

        `held` are all elements of header and document; `filled` is the message, if its form is known.
        """
        packs = self.packs_of(header, own)
        if filled is not None and header_el is not None and filled.keeps(packs, HUB_DECIDES, header_el, document_el):
            return RIGHT
        if not packs or not judge(document_el, header_el, packs, HUB_DECIDES, held):
            return RIGHT
        # a signed message was parsed anew: what its sender wants to know are the lines of what it sent
        sent = gate.read(body, self._limits)
        findings = judge(
            document_el if sent.document_el is None else sent.document_el, sent.header_el, packs, HUB_DECIDES
        )
        for found in findings:
            self.counts[found.number] += 1
            _LOG.info("rule broken: %s line %d %s %s", found.number, found.line, found.path, found.severity)
        refusing = next((found for found in findings if self.refuses(found, own)), None)
        return Verdict(tuple(findings), None if refusing is None else fault_of(refusing))

    def refuses(self, found: Broken, own: tuple[str, ...]) -> bool:
        """Whether what was found refuses a message of a sender in whose profile the packs `own` are named."""
        return found.severity is Severity.ERROR and (self._refuse or _pack(found.number) in own)

    def packs_of(self, header: Head001 | None, own: tuple[str, ...]) -> tuple[str, ...]:
        """The packs for a header and a sender; the few there are of both are kept."""
        key = (None, None, None, own)
        if header is not None:
            key = (header.business_service, header.practice_registry, header.practice_id, own)  # type: ignore[assignment]
        known = self._chosen.get(key)
        if known is None:
            asked = packs_for(*key[:3])
            known = tuple(dict.fromkeys((*self._packs, *asked, *own)))
            if len(self._chosen) < _KEPT:  # a sender may write what it likes there
                self._chosen[key] = known
        return known


_KEPT: Final = 1000


def fault_of(broken: Broken) -> Fault:
    """A broken rule as the fault that the sender is told: number, text and the last steps of the path."""
    row = FAULTS[NAME]
    place = " at " + "/".join(broken.path.split("/")[-_STEPS:])
    text = f"{broken.number} {broken.text}"
    room = _DESCRIPTION_MAX - len(place)
    return Fault(
        NAME, row.fspiop, broken.reason, (text if len(text) <= room else text[: room - 2] + "..")[:room] + place
    )


def _pack(number: str) -> str:
    return number.partition("-")[0].lower()
