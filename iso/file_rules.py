"""Rules for files: each part is judged as it comes, what breaks in a payment refuses that payment, the rest the whole.

What is found is counted by rule, warnings too; a file says the same of thousands of payments, so that the first place
of each part is logged alone. What every part repeats (group header, beginning of a PmtInf) counts once. Counts and sums
are those of the whole file, which no part can tell; the reader of files adds them up itself.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
from lxml import etree

from iso.judging import Judge, fault_of
from iso.messages.head001 import Head001
from iso.rules.choice import HUB_DECIDES
from iso.rules.engine import judge_alone, plan_for
from iso.rules.model import Broken
from schemas.canonical.faults import Fault
from schemas.errors import Finding

_LOG: Final = logging.getLogger(__name__)
OF_WHOLE: Final = frozenset({"BASE-0401", "BASE-0402", "BASE-0403", "BASE-0404"})
"""Counts and sums of an initiation."""
_WAIVED: Final = HUB_DECIDES | OF_WHOLE
_PAYMENT: Final = "/CdtTrfTxInf"
_PLACE: Final = re.compile(r"/Document/[^/\[]+/PmtInf(?:\[(\d+)\])?(?:/CdtTrfTxInf(?:\[(\d+)\])?)?(?:/.*)?")


class Weighed(msgspec.Struct, frozen=True):
    """What the rules refuse in a part: its payments by their places in it (from 0), and the file as a whole."""

    faults: dict[int, Fault] = {}
    wrong: Fault | None = None


class PartJudge:
    """Judges the parts of one file by the packs that its sender agreed on, that its header names, and the scheme's."""

    def __init__(
        self, judge: Judge, header: Head001 | None, header_el: etree._Element | None, own: tuple[str, ...]
    ) -> None:
        """`own` are the packs of the sender's profile. The header is judged at once."""
        self._judge = judge
        self._own = own
        self._packs = judge.packs_of(header, own)
        self._header_el = header_el
        self._repeated: set[tuple[str, str]] = set()
        self.broken: Counter[str] = Counter()
        """How often each rule is broken in the file so far."""
        found = judge_alone(header_el, self._packs, _WAIVED) if header_el is not None and self._packs else []
        self._count(found)
        self._wrong = next((fault_of(one) for one in self._refusing(found)), None)

    def weigh(self, document: etree._Element, locate: Callable[[Finding], Finding]) -> Weighed:
        """What is refused in a part, which is a Document of its own; `locate` tells where a finding is in the file."""
        if not self._packs:
            return Weighed()
        found = plan_for(document, self._packs, _WAIVED).judge(document, self._header_el)
        # What is wrong with the header was counted when it came, and refuses the whole.
        in_file = [(one, _placed(one, locate)) for one in found if one.path.startswith("/Document")]
        self._count([placed for _, placed in in_file])
        faults: dict[int, Fault] = {}
        wrong = self._wrong
        for one, placed in in_file:
            if not self._judge.refuses(one, self._own):
                continue
            reason = fault_of(placed)
            match = _PLACE.fullmatch(one.path)
            if match is None:
                wrong = wrong or reason
                continue
            for number in _numbers(document, int(match[1] or 1), match[2], whole="/CdtTrfTxInf" not in one.path):
                faults.setdefault(number, reason)
        return Weighed(faults, wrong)

    def _refusing(self, found: list[Broken]) -> list[Broken]:
        return [one for one in found if self._judge.refuses(one, self._own)]

    def _count(self, found: list[Broken]) -> None:
        """Count what is found, but for what the part before had in common with this one; log the first of each."""
        repeated = {(one.number, one.path) for one in found if _PAYMENT not in one.path}
        new = [one for one in found if _PAYMENT in one.path or (one.number, one.path) not in self._repeated]
        self._repeated = repeated
        times = Counter(one.number for one in new)
        self.broken.update(times)
        self._judge.counts.update(times)
        firsts = {one.number: one for one in reversed(new)}
        for number, one in firsts.items():
            _LOG.info(
                "rule broken in a file: %s %s times, first in line %d %s %s", number, times[number], one.line, one.path,
                one.severity,
            )  # fmt: skip


def _placed(one: Broken, locate: Callable[[Finding], Finding]) -> Broken:
    place = locate(Finding(one.line, one.path, one.number, one.text))
    return msgspec.structs.replace(one, line=place.line, path=place.path)


def _numbers(document: etree._Element, batch: int, transfer: str | None, *, whole: bool) -> range:
    """The places in the part of one payment of its nth PmtInf, or of all of them."""
    sizes = [len(one.findall("{*}CdtTrfTxInf")) for one in document[0].iterchildren("{*}PmtInf")]
    before = sum(sizes[: batch - 1])
    if whole:
        return range(before, before + sizes[batch - 1])
    place = before + int(transfer or 1) - 1
    return range(place, place + 1)
