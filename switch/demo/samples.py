"""Real pacs.008 of others, sent between the sandbox banks: re-addressed and re-dated, everything else as it was."""

import asyncio
import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from lxml import etree

from iso import gate
from iso.envelope import definition, find_parts
from schemas.catalogue import Catalogue
from switch.sandbox.clock import iso_moment, now
from switch.sandbox.letters import new_id
from switch.sandbox.outcome import End, Outcome
from switch.sandbox.scheme import BICS, BLUE, GREEN, Scheme

_LOOSE: Final = gate.Limits(plain=False)
_MESSAGE: Final = "pacs.008.001."
_OLDEST: Final = "pacs.008.001.02"
_LIFE: Final = timedelta(seconds=60)
_WAIT_S: Final = 20.0
_AT_ONCE: Final = 8
_DECLARED: Final = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.\-]+)["'][^>]*\?>""")
_PAYER_AGENTS: Final = frozenset({"InstgAgt", "DbtrAgt"})
_PAYEE_AGENTS: Final = frozenset({"InstdAgt", "CdtrAgt"})


class Sample(msgspec.Struct, frozen=True):
    """One pacs.008 found in a file: its version, amount and currency as texts, and its tree."""

    file: str
    definition: str
    currency: str
    amount: str
    document: etree._Element


class SampleResult(msgspec.Struct, frozen=True):
    """How a sample ended; `problem` is empty if it was settled or refused for a stated reason."""

    file: str
    message: str
    amount: str
    currency: str
    key: str
    end: str
    code: str
    text: str
    milliseconds: int
    problem: str

    @property
    def passed(self) -> bool:
        """Whether it ended as it must."""
        return not self.problem


def find_samples(folder: Path) -> list[Sample]:
    """Every pacs.008 in the files of a folder and its subfolders, whatever is wrapped around it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [sample for path in paths for sample in _in_file(path, folder)]


def _in_file(path: Path, folder: Path) -> Iterator[Sample]:
    content = path.read_bytes()
    if _MESSAGE.encode() not in content:
        return
    try:
        root = gate.tree(_utf8(content), _LOOSE)
    except (gate.Refused, UnicodeError, LookupError):
        return
    for part in find_parts(root):
        name = definition(part)
        if etree.QName(part).localname != "Document" or not name.startswith(_MESSAGE):
            continue
        # comments and instructions are no part of the message, and the hub's gate would refuse them
        etree.strip_tags(part, etree.Comment, etree.ProcessingInstruction)
        amount = next(_named(part, "IntrBkSttlmAmt"), None)
        currency = "" if amount is None else amount.get("Ccy", "")
        yield Sample(str(path.relative_to(folder)), name, currency, _text(amount), part)


def _utf8(content: bytes) -> bytes:
    """The text in UTF-8 whatever its declaration says, without declaration."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = _DECLARED.match(text)
    if declared is None:
        return text
    return text[declared.end() :].decode(declared[1].decode()).encode()


def _text(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Descendants of that local name."""
    return element.iter(f"{{{etree.QName(element).namespace}}}{name}")


def readdress(sample: Sample, moment: datetime) -> tuple[bytes, str, str]:
    """The sample from the blue to the green bank as of now: canonical Document, its new UETR and MsgId."""
    document, message_id, uetr = sample.document, new_id(), str(uuid.uuid4())
    namespace = etree.QName(document).namespace or ""
    for header in _named(document, "GrpHdr"):
        _set(header, "MsgId", message_id)
        _set(header, "CreDtTm", iso_moment(moment))
        _redate(header, moment)
        _redirect(header, namespace, sample.definition)
    for transfer in _named(document, "CdtTrfTxInf"):
        _redate(transfer, moment)
        for extra in _children(transfer, "AddtlDtTm"):
            _redate(extra, moment)
        _redirect(transfer, namespace, sample.definition)
        for ids in _children(transfer, "PmtId"):
            _identify(ids, uetr, namespace, sample.definition)
    canonical: bytes = etree.tostring(document, method="c14n", exclusive=True, with_comments=False, with_tail=False)
    return canonical, uetr, message_id


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    return [child for child in element if etree.QName(child).localname in names]


def _set(element: etree._Element, name: str, value: str) -> None:
    for child in _children(element, name):
        child.text = value


def _redate(element: etree._Element, moment: datetime) -> None:
    _set(element, "IntrBkSttlmDt", moment.date().isoformat())
    _set(element, "AccptncDtTm", iso_moment(moment))
    _set(element, "XpryDtTm", iso_moment(moment + _LIFE))


def _redirect(element: etree._Element, namespace: str, version: str) -> None:
    """Name the two sandbox banks as agents."""
    # the element was called BIC before the edition of 2013
    tag = "BIC" if version == _OLDEST else "BICFI"
    for agent in _children(element, *_PAYER_AGENTS, *_PAYEE_AGENTS):
        bic = BICS[BLUE if etree.QName(agent).localname in _PAYER_AGENTS else GREEN]
        for institution in _children(agent, "FinInstnId"):
            for child in list(institution):
                institution.remove(child)
            etree.SubElement(institution, f"{{{namespace}}}{tag}").text = bic
        for branch in _children(agent, "BrnchId"):
            agent.remove(branch)


def _identify(ids: etree._Element, uetr: str, namespace: str, version: str) -> None:
    """A new UETR; the oldest edition has none and gets a new TxId."""
    if version == _OLDEST:
        _set(ids, "TxId", uetr.replace("-", ""))
        return
    if not _children(ids, "UETR"):
        position = max((ids.index(child) for child in _children(ids, "InstrId", "EndToEndId", "TxId")), default=-1)
        ids.insert(position + 1, etree.Element(f"{{{namespace}}}UETR"))
    _set(ids, "UETR", uetr)


async def send_samples(scheme: Scheme, samples: Iterable[Sample], catalogue: Catalogue) -> list[SampleResult]:
    """Send them from the blue to the green bank, a few at a time."""
    gates = asyncio.Semaphore(_AT_ONCE)

    async def one(sample: Sample) -> SampleResult:
        async with gates:
            return await _send(scheme, sample, catalogue)

    return list(await asyncio.gather(*(one(sample) for sample in samples)))


async def _send(scheme: Scheme, sample: Sample, catalogue: Catalogue) -> SampleResult:
    document, uetr, message_id = readdress(sample, now())
    valid = not gate.check(gate.read(document), catalogue)
    bank = scheme.banks[BLUE]
    amount = f"{sample.amount} {sample.currency}"
    letter = bank.sign(document, sample.definition, uetr, amount, message_id)
    outcome = await bank.send(letter, _WAIT_S)
    return SampleResult(
        sample.file,
        sample.definition,
        sample.amount,
        sample.currency,
        uetr,
        outcome.end.value,
        outcome.code,
        outcome.text,
        outcome.milliseconds,
        _problem(outcome, valid),
    )


def _problem(outcome: Outcome, valid: bool) -> str:
    """A valid sample must get a business answer; only one that breaks its schema may be turned away at the door."""
    if outcome.end is End.SETTLED:
        return ""
    if outcome.end is End.REFUSED:
        return "" if outcome.code else "refused without a reason"
    if outcome.end is End.NOT_TAKEN and outcome.code and not valid:
        return ""
    return f"ended {outcome.end} {outcome.code}".strip()
