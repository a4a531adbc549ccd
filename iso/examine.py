"""The checks of a bank's message in their order: gate, header, signature, schema, sender; pure, from bytes to a value.

What fails here is answered at once with an admi.002; whatever needs the state of the hub is decided later and answered
by a message. Order and rules: business application header of the scheme, sections on header and order of checks.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from lxml import etree

from iso import gate, sealed, shaped, signature
from iso.file_rules import PartJudge
from iso.forms import Filled, Forms
from iso.incoming import Directory, IncomingIso, ParticipantView
from iso.judging import Judge
from iso.messages import business, head001
from iso.messages.fields import FinancialInstitution
from iso.messages.head001 import Head001
from iso.messages.shape import ShapeError
from iso.shapes import Shape, without_ids
from schemas.canonical.wire import Dialect, Original
from schemas.catalogue import Catalogue
from schemas.errors import Finding, path_of

MESSAGES: Final = frozenset(business.MESSAGES)
"""The message definitions taken by default."""


class Rules(msgspec.Struct, frozen=True):
    """What a scheme chooses: limits, the messages and services (none: any) it takes, and the window of CreDt.

    `packs` are the rules that every message meets; `refuse`: what breaks one of their errors is refused.
    """

    limits: gate.Limits = gate.STRICT
    messages: frozenset[str] = MESSAGES
    services: frozenset[str] = frozenset()
    oldest: timedelta = timedelta(hours=24)
    skew: timedelta = timedelta(minutes=5)
    demand_signatures: bool = False
    packs: tuple[str, ...] = ("base",)
    refuse: bool = False


class RejectedError(Exception):
    """The message is visibly wrong; `reference` is its BizMsgIdr if one could be read."""

    def __init__(self, findings: Sequence[Finding], reference: str | None = None) -> None:
        super().__init__("; ".join(finding.text for finding in findings))
        self.findings = tuple(findings)
        self.reference = reference


class _Tree(NamedTuple):
    """Where a message was read from; while `held` is, no element need be wrapped for Python a second time.

    `filled` is the message if its form is known, `tags` those of a form that is worth knowing.
    """

    header_el: etree._Element | None
    document_el: etree._Element
    held: tuple[list[etree._Element], list[etree._Element]] | None
    filled: Filled | None = None
    tags: bytes = b""


def _held(header_el: etree._Element | None, document_el: etree._Element) -> _Tree:
    header = [] if header_el is None else list(header_el.iter())
    return _Tree(header_el, document_el, (header, list(document_el.iter())))


_Examined = tuple[business.BusinessMessage, ParticipantView, bool, _Tree]


class Examiner:
    """Examines messages; `counts` tells how many were verified, unsigned, or signed without a key on file.

    `forms` are those of the messages that came so far.
    """

    def __init__(self, catalogue: Catalogue, directory: Directory, rules: Rules) -> None:
        self._catalogue = catalogue
        self._directory = directory
        self._rules = rules
        self.forms = Forms()
        self._judge = Judge(rules.packs, refuse=rules.refuse, limits=rules.limits)
        self.counts: Counter[str] = Counter()

    def examine(
        self, body: bytes, now: datetime, headers: tuple[tuple[str, str], ...] = (), caller: str | None = None
    ) -> IncomingIso:
        """The message in `body`; RejectedError if it is visibly wrong.

        `caller`: the participant that the connection proves, which must be the sender.
        """
        # Only a message that is right in everything comes out of the short way; the long one finds what is wrong.
        found, sender, signed, tree = self._sealed(body, now) or self._whole(body, now)
        message_id = _message_id(found)
        if caller is not None and caller != sender.name:
            text = f"the connection is that of {caller}, the message that of {sender.name}"
            root = gate.read(body, self._rules.limits).root
            raise RejectedError([_finding("SENDER", root, text)], message_id)
        self.counts["verified" if signed else "unsigned"] += 1
        definition, digest = found.message_definition, hashlib.sha256(body).hexdigest()
        original = Original(Dialect.ISO_XML, "POST", definition, headers, body, digest)
        verdict = self._judge.judge(
            found.header, tree.header_el, tree.document_el, body, sender.rules, tree.held, tree.filled
        )
        if tree.tags and tree.header_el is not None and not verdict.findings:
            root = tree.document_el.getroottree().getroot()
            self.forms.learn(tree.tags, root, tree.header_el, tree.document_el)
        return IncomingIso(found, original, sender.name, message_id, signed, verdict.findings, verdict.unfit)

    def part_judge(
        self, header: Head001 | None, header_el: etree._Element | None, sender: ParticipantView
    ) -> PartJudge:
        """Judges a file of that sender part by part."""
        return PartJudge(self._judge, header, header_el, sender.rules)

    def demands(self, sender: ParticipantView) -> bool:
        """Whether what that participant sends must be signed."""
        return sender.require_signature or self._rules.demand_signatures

    @property
    def broken(self) -> Counter[str]:
        """How many messages broke which rule."""
        return self._judge.counts

    def _whole(self, body: bytes, now: datetime) -> _Examined:
        try:
            parsed = gate.read(body, self._rules.limits)
        except gate.Refused as refused:
            raise RejectedError(refused.findings) from None
        if parsed.header_el is None:
            found, sender, tree = self._bare(parsed)
            return found, sender, False, tree
        return self._wrapped(parsed, parsed.header_el, now)

    def _sealed(self, body: bytes, now: datetime) -> _Examined | None:
        """A signed message in canonical form by the short way; None if it is another, or anything at all is wrong."""
        opened = sealed.unseal(body, self._rules.limits, self.forms)
        if opened is None:
            return None
        parsed, header_el, document_el = opened.parsed, opened.header_el, opened.document_el
        if gate.check_element(header_el, parsed.header_def, self._catalogue) or self._supported(parsed):
            return None
        header_el.remove(opened.holder)
        filled = None if opened.form is None else opened.form.fill(parsed.root, parsed.body)
        try:
            header = head001.read(header_el) if filled is None else filled.form.header(filled.texts)
            if header.message_definition != parsed.message_def:
                return None
            self.check_header(header, header_el, now)
            sender = self._sender(header.sender.institution, header_el, None)
            if sender.shape is not Shape.HEADER or not signature.proves(
                opened.seal, parsed.body, sender.keys, now, header_el
            ):
                return None
            if opened.signature:
                self.forms.moulds.learn(opened.signature, opened.seal)
            if gate.check_element(document_el, parsed.message_def, self._catalogue):
                return None
            if filled is not None:
                tree = _Tree(header_el, document_el, None, filled)
                return filled.form.business(filled.texts, header), sender, True, tree
            tree = _held(header_el, document_el)._replace(tags=opened.tags)
            return business.read(header_el, document_el, header), sender, True, tree
        except (RejectedError, ShapeError, signature.SignatureRefusedError):
            return None

    def _wrapped(self, parsed: gate.Parsed, header_el: etree._Element, now: datetime) -> _Examined:
        reference = header_el.findtext("{*}BizMsgIdr")
        if parsed.document_el is None:
            raise RejectedError([_finding("SHAPE", header_el, "a header without a Document")], reference)
        findings = gate.check_element(_as_known(parsed, header_el), parsed.header_def, self._catalogue)
        findings += gate.check_definition(header_el, parsed.message_def)
        findings += self._supported(parsed)
        if findings:
            raise RejectedError(findings, reference)
        header = _typed_header(header_el, reference)
        self.check_header(header, header_el, now)
        sender = self._sender(header.sender.institution, header_el, reference)
        body, signed = parsed.body, False
        if self._signature_counts(header, parsed, header_el, sender):
            try:
                parsed, signed = _verified(parsed, sender, now), True
            except signature.SignatureRefusedError as refused:
                raise RejectedError([refused.finding], reference) from None
        found, tree = self._read(parsed, reference, body)
        return found, sender, signed, tree

    def _bare(self, parsed: gate.Parsed) -> tuple[business.BusinessMessage, ParticipantView, _Tree]:
        """A Document without header: its sender is InstgAgt, and that participant must be allowed to."""
        document_el = parsed.document_el
        assert document_el is not None  # an AppHdr or a Document is what the gate lets through
        findings = self._supported(parsed)
        if findings:
            raise RejectedError(findings)
        found, tree = self._read(parsed, None, parsed.body)
        document = found.document
        agent = getattr(document, "instructing_agent", None)
        sender = self._sender(agent, document_el, None)
        if not sender.bare_documents:
            text = f"{sender.name} must send its messages with an AppHdr; bare documents are not agreed with it"
            raise RejectedError([_finding("BARE", document_el, text)])
        if self.demands(sender):
            raise RejectedError([_finding(signature.CODE, document_el, "a bare document cannot be signed")])
        return found, sender, tree

    def _supported(self, parsed: gate.Parsed) -> list[Finding]:
        document_el = parsed.document_el
        if parsed.message_def in self._rules.messages or document_el is None:
            return []
        name = parsed.message_def or etree.QName(document_el).namespace or "a document without namespace"
        return [_finding("UNSUPPORTED", document_el, f"{name} is not a message this service takes")]

    def _read(self, parsed: gate.Parsed, reference: str | None, body: bytes) -> tuple[business.BusinessMessage, _Tree]:
        document_el = parsed.document_el
        assert document_el is not None  # looked at before
        findings = gate.check_element(_as_known(parsed, document_el), parsed.message_def, self._catalogue)
        if findings:
            # a signed message was parsed anew: what its sender wants to know are the lines of what it sent
            own = gate.read(body, self._rules.limits) if body is not parsed.body else parsed
            placed = [] if own.signature_el is not None else gate.check(own, self._catalogue)
            raise RejectedError(placed or findings, reference)
        try:
            tree = _held(parsed.header_el, document_el)
            return business.read(parsed.header_el, document_el), tree
        except ShapeError as error:
            raise RejectedError([_finding("SHAPE", document_el, str(error))], reference) from None

    def check_header(self, header: Head001, element: etree._Element, now: datetime) -> None:
        """Service, receiver and time of a header; RejectedError if one is wrong."""
        rules, reference = self._rules, header.business_message_id
        if rules.services and header.business_service not in rules.services:
            text = f"BizSvc is {header.business_service or 'absent'}; known are {', '.join(sorted(rules.services))}"
            raise RejectedError([_at("SERVICE", element, "BizSvc", text)], reference)
        addressed = header.receiver.institution
        if addressed is not None and not self._directory.addressable(addressed):
            text = f"To ({_named(addressed)}) is neither the hub nor a participant"
            raise RejectedError([_at("RECEIVER", element, "To", text)], reference)
        created = _moment(header.created)
        if created is None:
            text = f"{header.created} is no moment that can be compared"
        elif created < now - rules.oldest:
            text = f"the message was created at {header.created}, before the last {rules.oldest}; it is stale"
        elif created > now + rules.skew:
            text = f"the message was created at {header.created}, which is in the future"
        else:
            return
        raise RejectedError([_at("TIME", element, "CreDt", text)], reference)

    def _sender(
        self, agent: FinancialInstitution | None, element: etree._Element, reference: str | None
    ) -> ParticipantView:
        found = None if agent is None else self._directory.by_iso(agent)
        if found is not None:
            return found
        where = "Fr" if element.find("{*}Fr") is not None else "InstgAgt"
        if agent is None:
            alone = "" if where == "Fr" else "there is no AppHdr, so "
            text = f"{alone}{where} must name a financial institution"
            raise RejectedError([_at("SENDER", element, where, text)], reference)
        text = f"{where} ({_named(agent)}) names no participant"
        raise RejectedError([_at("SENDER", element, where, text)], reference)

    def _signature_counts(
        self, header: Head001, parsed: gate.Parsed, element: etree._Element, sender: ParticipantView
    ) -> bool:
        """Whether there is a signature to verify; RejectedError if one is demanded and cannot be had."""
        demanded = self.demands(sender)
        if not header.signed and parsed.signature_el is None:
            if demanded:
                raise RejectedError(
                    [_finding(signature.CODE, element, "the message must be signed")], header.business_message_id
                )
            return False
        if not sender.keys:
            if demanded:
                text = f"no certificate is on file for {sender.name}"
                raise RejectedError([_at(signature.CODE, element, "Sgntr", text)], header.business_message_id)
            self.counts["no key on file"] += 1
            return False
        return True


def _verified(parsed: gate.Parsed, sender: ParticipantView, now: datetime) -> gate.Parsed:
    """What the sender signed, in the shape agreed with it."""
    if sender.shape is Shape.HEADER and not sender.pss:
        return signature.verify(parsed, sender.keys, now)
    return shaped.verify(parsed, sender.shape, sender.keys, now, pss=sender.pss)


def _as_known(parsed: gate.Parsed, element: etree._Element) -> etree._Element:
    """An element as its schema knows it: a signature beside it may point at it by an Id."""
    return element if parsed.signature_el is None else without_ids(element)


def _named(agent: FinancialInstitution) -> str:
    given = (agent.bicfi, agent.lei, agent.member_id, agent.other_id)
    return ", ".join(name for name in given if name) or "empty"


def _typed_header(element: etree._Element, reference: str | None) -> Head001:
    try:
        return head001.read(element)
    except ShapeError as error:
        raise RejectedError([_finding("UNSUPPORTED", element, str(error))], reference) from None


def _message_id(found: business.BusinessMessage) -> str:
    if found.header is not None:
        return found.header.business_message_id
    return str(getattr(found.document, "message_id", ""))


def _moment(text: str) -> datetime | None:
    """An ISODateTime; without offset it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except ValueError:
        return None


def _finding(code: str, element: etree._Element, text: str) -> Finding:
    ancestors = [element, *element.iterancestors()]
    root = next((node for node in ancestors if etree.QName(node).localname in {"AppHdr", "Document"}), element)
    line: int | None = element.sourceline  # type: ignore[assignment]
    return Finding(line or 1, path_of(element, root), code, text)


def _at(code: str, element: etree._Element, name: str, text: str) -> Finding:
    """A finding at the first element of that name below `element`, or at `element`."""
    found = next(element.iter(f"{{*}}{name}"), element)
    return _finding(code, found, text)
