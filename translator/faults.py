"""Faults in pacs.002: the reason code, and the FSPIOP code and text kept in AddtlInf so that the way back is exact."""

import re
from typing import Final

from iso.messages.fields import Reason
from schemas.canonical.faults import Fault, participant_fault
from schemas.codes.reasons import NARRATIVE, fspiop_code, iso_reason
from translator.losses import Loss
from translator.text import iso_text, lines

INFO_MAX: Final = 105
_CODE_MAX: Final = 4
_PROPRIETARY_MAX: Final = 35
_MARK: Final = re.compile(r"FSPIOP-([1-9][0-9]{3}) ?(.*)", re.ASCII | re.DOTALL)


def fault_of(reasons: tuple[Reason, ...]) -> Fault:
    """Why a bank refused. Without the mark of an FSPIOP code the table of reasons decides; the text names the code."""
    first = reasons[0] if reasons else Reason()
    given = first.code or first.proprietary or NARRATIVE
    text = _joined(first.info)
    mark = _MARK.fullmatch(text)
    if mark:
        return participant_fault(mark[1], given, mark[2] or iso_reason(mark[1]))
    description = f"{given} {text}".strip()
    known = fspiop_code(given)
    return participant_fault(known, given if first.code else _own_code(given, known), description)


def _own_code(given: str, known: str) -> str:
    """The reason for a bank's own code (Prtry): a code of the list as it is, else a short one is told in the text only.

    Four characters stand for a code of the external list in every answer, and are no such code here.
    """
    if len(given) > _CODE_MAX:
        return given
    if given == known:
        return iso_reason(known)
    return given if known != fspiop_code(NARRATIVE) else NARRATIVE


def reason_of(fault: Fault, losses: list[Loss], charset: str = "pass") -> Reason:
    """StsRsnInf for a fault: the first line of AddtlInf begins with `FSPIOP-<code>`; extensions have no place."""
    losses.extend(Loss(f"errorInformation.extensionList.{key}", value) for key, value in fault.extensions)
    told = iso_text(f"FSPIOP-{fault.fspiop} {fault.description}", 10 * INFO_MAX, "errorDescription", losses, charset)
    info = lines(told or f"FSPIOP-{fault.fspiop}", INFO_MAX)
    code = fault.iso or NARRATIVE
    if len(code) <= _CODE_MAX:
        return Reason(code, None, info)
    return Reason(None, code[:_PROPRIETARY_MAX], info)


def _joined(info: tuple[str, ...]) -> str:
    """AddtlInf as one text: a full line runs on into the next one, a shorter one ends a sentence."""
    text = ""
    for line in info:
        full = len(text) % INFO_MAX == 0
        text += line if full else f" {line}"
    return text.strip()
