"""Files of many payments: POST /iso20022/files takes a pain.001 of any length as it comes, part by part.

Each part is one command of the lane of initiations and committed before the next is read, so a file that breaks off
loses nothing; sent again it is known transaction by transaction. Nothing of it is paid before all of it is there.
Its signature is known to fit only at its end: until then no part of it counts, and if it does not fit none ever does.
GET /iso20022/files?messageId= tells how far it is.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from lxml import etree

from iso import gate
from iso.examine import Examiner, RejectedError
from iso.file_seal import FileSeal
from iso.messages.head001 import Head001
from iso.messages.pain001 import CreditTransfer
from iso.openapi_files import FILES
from iso.signed_parts import CODE
from iso.stream import Opened, Part, SealOf, Stream
from schemas.canonical.commands import Command
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId
from schemas.canonical.initiation import Initiate, Initiation, initiation_key
from schemas.canonical.wire import Dialect, Envelope, Original, Receipt
from schemas.catalogue import Catalogue
from schemas.errors import Finding
from switch.directory import Directory
from switch.identity import Doorman
from switch.initiation_view import view
from switch.intake import Intake
from switch.lanes import INITIATION
from switch.observe import Asgi, Receive, Scope, Send, reply
from switch.store.port import Store, StoreDownError
from translator.iso.agents import Unclear, ids_of
from translator.iso.initiation import Ordering

PATH: Final = FILES
PART: Final = 500
"""Transactions in one part: what one commit takes, and what is in memory of a file."""
_AT_A_TIME: Final = 4
_TRIES: Final = 40
_PAUSE_S: Final = 0.25
_FINDINGS: Final = 20
_XML_TYPES: Final = frozenset({"application/xml", "text/xml"})
_BUSY: Final = 503
_JSON: Final = b"application/json"
_T = TypeVar("_T")
_LOG: Final = logging.getLogger("isoloop.files")


class _AnswerError(Exception):
    """What the sender is told instead of going on."""

    def __init__(self, status: int, error: str, detail: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {"error": error, "detail": detail}
        if findings:
            self.body["findings"] = [msgspec.to_builtins(one) for one in findings[:_FINDINGS]]


class Files:
    """Takes files at one port; `proven_only`: production, where a connection must prove who sends."""

    def __init__(
        self,
        directory: Directory,
        intake: Intake,
        store: Store,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        examiner: Examiner,
        *,
        proven_only: bool = False,
    ) -> None:
        self._directory = directory
        self._intake = intake
        self._store = store
        self._catalogue = catalogue
        self._clock = clock
        self._examiner = examiner
        self._proven_only = proven_only
        self._room = asyncio.Semaphore(_AT_A_TIME)

    def app(self, doorman: Doorman) -> Asgi:
        """The application for a door."""

        async def files(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                if scope["method"] == "GET":
                    status, body = 200, await self._standing(scope, doorman)
                elif scope["method"] == "POST":
                    if self._room.locked():
                        raise _AnswerError(503, "overloaded", "the hub reads as many files as it can; send it again")
                    async with self._room:
                        status, body = 202, await _Reading(self, scope, doorman).read(receive)
                else:
                    raise _AnswerError(405, "METHOD", "files are sent with POST and asked for with GET")
            except _AnswerError as answer:
                status, body = answer.status, answer.body
            except StoreDownError:
                away = _AnswerError(503, "overloaded", "the hub cannot reach its books; send it again")
                status, body = away.status, away.body
            more = [(b"retry-after", b"1")] if status == _BUSY else []
            await reply(send, status, _JSON, msgspec.json.encode(body), more)

        return files

    async def _standing(self, scope: Scope, doorman: Doorman) -> dict[str, Any]:
        asked = _asked(scope)
        sender = self.sender(scope, doorman, None, asked.get("from"))
        found = await self._store.record(Initiation, initiation_key(sender, asked.get("messageId", "")))
        if not isinstance(found, Initiation):
            raise _AnswerError(404, "UNKNOWN", "no file with this messageId was taken")
        return {"messageId": asked["messageId"], **view(found)}

    def prove(self, scope: Scope, doorman: Doorman) -> FspId | None:
        """Whom the connection proves, before a byte of the file is looked at."""
        proven = doorman.caller(scope) if doorman.caller is not None else None
        if proven is None and (self._proven_only or doorman.caller is not None):
            text = "the connection must prove the participant: a file is stored before its signature can be checked"
            raise _AnswerError(403, "CALLER", text)
        return FspId(proven) if proven is not None else None

    def sender(self, scope: Scope, doorman: Doorman, header: Head001 | None, named: str | None) -> FspId:
        """Who sends: as the connection proves; in the sandbox as the AppHdr or `from` says."""
        proven = self.prove(scope, doorman)
        claimed = self._claimed(header, named)
        if proven is not None and claimed not in (None, proven):
            raise _AnswerError(403, "CALLER", f"the connection is that of {proven}, the file that of {claimed}")
        sender = proven or claimed
        if sender is None:
            raise _AnswerError(400, "SENDER", "the file has no AppHdr: say who sends it with ?from=<participant>")
        reason = doorman.objection(scope, sender, False)
        if reason is not None:
            raise _AnswerError(403, "CALLER", reason)
        bank = self._directory.participant(FspId(sender))
        if bank is None or bank.iso is None:
            raise _AnswerError(400, "SENDER", f"{sender} is no bank of this hub")
        return bank.name

    def _claimed(self, header: Head001 | None, named: str | None) -> str | None:
        if header is None:
            return named
        ids = ids_of(header.sender.institution)
        found = self._directory.resolve(ids) if ids.given else None
        if found is None or isinstance(found, Unclear):
            raise _AnswerError(400, "SENDER", f"Fr ({ids.text or 'empty'}) names no participant")
        if named is not None and named != found:
            raise _AnswerError(400, "SENDER", f"Fr is {found}, and not {named}")
        return found

    def ordering(self, stream: Stream, sender: FspId) -> Ordering:
        """The reader of a file whose GrpHdr has come."""
        if stream.group is None:
            raise _AnswerError(400, "SHAPE", "there is no GrpHdr of a pain.001")
        envelope = Envelope(sender, Dialect.ISO_XML, version=stream.definition, received_at=self._clock())
        return Ordering(stream.definition, stream.group, envelope, self._directory, self._intake.scheme)

    def stream(self, seal_of: SealOf) -> Stream:
        """A fresh reader of bytes."""
        return Stream(self._catalogue, PART, seal_of=seal_of)

    def seal(
        self, stream: Stream, sender: FspId, header: Head001 | None, element: etree._Element | None
    ) -> FileSeal:
        """How the signature of a file is checked, and its parts are; RejectedError if its header is wrong."""
        now, view = self._clock(), self._directory.view(sender)
        if view is None:
            raise _AnswerError(400, "SENDER", f"{sender} is no bank of this hub")
        if header is not None and element is not None:
            self._examiner.check_header(header, element, now)
        signed = header is not None and header.signed
        stream.judge = self._examiner.part_judge(header, element, view)
        return FileSeal(view, now, in_header=signed, demanded=self._examiner.demands(view))

    async def ask(self, command: Command) -> Receipt:
        """Commit a part; a busy lane is asked again, since the sender waits with the rest anyway."""
        for _ in range(_TRIES):
            receipt = await self._intake.ask(INITIATION, command)
            if receipt.retry_after is None:
                return receipt
            await asyncio.sleep(_PAUSE_S)
        raise _AnswerError(503, "overloaded", "the hub is busy; send the same file again, it goes on where it stopped")


class _Reading:
    """One file on its way in."""

    def __init__(self, files: Files, scope: Scope, doorman: Doorman) -> None:
        self._files = files
        self._scope = scope
        self._doorman = doorman
        self._stream = files.stream(self._sealed)
        self._sender: FspId | None = None
        self._ordering: Ordering | None = None
        self._last = ""
        self._taken = 0
        self._wrong: Fault | None = None
        # A tree that grows in more than one thread does not know its own names again.
        self._thread = ThreadPoolExecutor(1, "file")

    async def read(self, receive: Receive) -> dict[str, Any]:
        """Take the file as it comes; what is told of it names what was taken, also where it went wrong."""
        _supported(self._scope)
        self._files.prove(self._scope, self._doorman)
        try:
            return await self._all(receive)
        except (gate.Refused, RejectedError) as refused:
            first = refused.findings[0]
            if first.code == CODE:
                await self._withdraw()
            told = _AnswerError(400, first.code, f"line {first.line}: {first.text}", refused.findings)
            raise self._with_taken(told) from None
        except _AnswerError as answer:
            raise self._with_taken(answer) from None
        finally:
            self._thread.shutdown(wait=False)

    async def _apart(self, work: Callable[..., _T], *given: Any) -> _T:
        """Work in the thread of this file, while others go on."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def _all(self, receive: Receive) -> dict[str, Any]:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                await self._broken_off()
            parts = await self._apart(self._stream.feed, message.get("body", b""))
            for part in parts:
                await self._take(part)
            if not message.get("more_body", False):
                break
        *parts, last = await self._apart(self._stream.close)
        for part in parts:
            await self._take(part)
        await self._take(last, complete=True)
        judge = self._stream.judge
        broken = {"rules": dict(sorted(judge.broken.items()))} if judge is not None and judge.broken else {}
        return {**self._told(), "state": "TAKEN", **broken}

    def _sealed(self, header: Head001 | None, element: etree._Element | None) -> FileSeal:
        """The header was read: who sends, and how the file must be signed."""
        sender = self._files.sender(self._scope, self._doorman, header, _asked(self._scope).get("from"))
        self._sender = sender
        return self._files.seal(self._stream, sender, header, element)

    async def _withdraw(self) -> None:
        """It is not rightly signed: what was taken of it is nobody's order, and not in the way of the right one."""
        ordering = self._ordering
        if ordering is not None and self._taken:
            reason = fault("INVALID_SIGNATURE", "the file is not rightly signed")
            last = ordering.part(ordering.envelope, complete=True, wrong=reason)
            await self._files.ask(msgspec.structs.replace(last, payments=(), withdrawn=True))
            self._taken, self._last = 0, ""

    async def _broken_off(self) -> None:
        """The sender hung up: what is complete is kept, and nobody is there to hear of it."""
        for part in await self._apart(self._stream.partly):
            await self._take(part)
        _LOG.warning("a file broke off after %s transactions: %s", self._taken, self._told())
        raise _AnswerError(400, "BROKEN_OFF", "the file broke off; send it again, it goes on where it stopped")

    async def _take(self, part: Part, *, complete: bool = False) -> None:
        ordering = self._ordering or self._begin()
        command = await self._apart(self._command, ordering, part, complete)
        receipt = await self._files.ask(command)
        if receipt.fault is not None:
            raise _AnswerError(400, receipt.fault.name, receipt.fault.description)
        if receipt.state == fault("DUPLICATE_MESSAGE").name:
            raise _AnswerError(409, receipt.state, "this MsgId was used before for other transactions")
        self._taken += len(command.payments)
        if command.payments:
            references = command.payments[-1].terms.references
            self._last = (references.end_to_end_id if references else None) or ""

    def _begin(self) -> Ordering:
        if self._sender is None:
            raise _AnswerError(400, "SHAPE", "there is no GrpHdr of a pain.001")
        self._ordering = self._files.ordering(self._stream, self._sender)
        return self._ordering

    def _command(self, ordering: Ordering, part: Part, complete: bool) -> Initiate:
        faults, place = part.weighed.faults, 0
        for step in part.steps:
            if isinstance(step, Opened):
                ordering.begin(step.instruction)
            elif isinstance(step, CreditTransfer):
                ordering.add(step, faults.get(place))
                place += 1
            else:
                ordering.close()
        digest = hashlib.sha256(part.raw).hexdigest()
        original = Original(Dialect.ISO_XML, "POST", f"{self._stream.definition}#part", (), part.raw, digest)
        envelope = msgspec.structs.replace(ordering.envelope, original=original)
        self._wrong = self._wrong or part.weighed.wrong
        wrong = (self._wrong or ordering.end()) if complete else None
        return ordering.part(envelope, complete=complete, wrong=wrong)

    def _told(self) -> dict[str, Any]:
        group = self._stream.group
        return {
            "messageId": group.message_id if group else None,
            "announced": group.number_of_transactions if group else None,
            "taken": self._taken,
            "lastEndToEndId": self._last,
        }

    def _with_taken(self, answer: _AnswerError) -> _AnswerError:
        answer.body |= self._told()
        return answer


def _asked(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=16))


def _supported(scope: Scope) -> None:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    media = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    if media not in _XML_TYPES:
        raise _AnswerError(415, "MEDIA_TYPE", "a file is sent as application/xml (or text/xml)")
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise _AnswerError(415, "ENCODING", "compressed files are not taken")
