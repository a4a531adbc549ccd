"""Operator routes for the archive: find messages by what they say of themselves, and read them byte for byte."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response

from schemas.canonical.faults import fault
from schemas.canonical.wire import Dialect
from switch.admin.desk import RefusalError, answer
from switch.admin.openapi import tells
from switch.archive.references import Key
from switch.archive.search import PAGE_MAX, Archive, Wanted, reference
from switch.archive.shown import Page, WholeShown, kept, whole

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Term = Annotated[str | None, Query(min_length=1, max_length=128)]
Moment = Annotated[datetime | None, Query()]
_XML: Final = "application/xml"
_JSON: Final = "application/json"


def router(archive: Archive) -> APIRouter:
    """The routes for messages."""
    routes = APIRouter(tags=["messages"])

    @routes.get("/messages")
    @tells(200, Page)
    async def search(
        businessMessageId: Term = None,  # noqa: N803 - the API's names
        messageId: Term = None,  # noqa: N803
        paymentInformationId: Term = None,  # noqa: N803
        instructionId: Term = None,  # noqa: N803
        endToEndId: Term = None,  # noqa: N803
        transactionId: Term = None,  # noqa: N803
        uetr: Term = None,
        transferId: Term = None,  # noqa: N803
        quoteId: Term = None,  # noqa: N803
        amount: Term = None,
        reference: Term = None,
        participant: Term = None,
        direction: Annotated[Literal["in", "out"] | None, Query()] = None,
        definition: Term = None,
        fromDateTime: Moment = None,  # noqa: N803
        toDateTime: Moment = None,  # noqa: N803
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        after: Term = None,
    ) -> Response:
        """Messages that fit every filter given; what came in is found by its references some seconds later."""
        given: dict[Key, str | None] = {
            Key.BUSINESS_MESSAGE_ID: businessMessageId,
            Key.MESSAGE_ID: messageId,
            Key.PAYMENT_INFORMATION_ID: paymentInformationId,
            Key.INSTRUCTION_ID: instructionId,
            Key.END_TO_END_ID: endToEndId,
            Key.TRANSACTION_ID: transactionId,
            Key.UETR: uetr,
            Key.TRANSFER_ID: transferId,
            Key.QUOTE_ID: quoteId,
            Key.AMOUNT: amount,
        }
        wanted = Wanted(
            references=_references(given),
            about=reference,
            participant=participant,
            sent=None if direction is None else direction == "out",
            kind=definition,
            since=_zoned(fromDateTime),
            until=_zoned(toDateTime),
            after=_place(after),
            limit=limit,
        )
        found = await archive.search(wanted)
        following = f"{found[-1].at.isoformat()}/{found[-1].digest}" if len(found) == limit else None
        return answer(Page([kept(one) for one in found], following))

    @routes.get("/messages/{digest}")
    @tells(200, WholeShown)
    async def message(digest: Digest) -> Response:
        """One message: headers, text and copies."""
        found = await archive.whole(digest)
        if found is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"no message has the digest {digest}"))
        return answer(whole(found))

    @routes.get("/messages/{digest}/body")
    async def body(digest: Digest) -> Response:
        """Its bytes, exactly as received or sent."""
        found = await archive.whole(digest)
        if found is None:
            raise RefusalError(fault("ID_NOT_FOUND", f"no message has the digest {digest}"))
        return Response(found.body, media_type=_XML if found.copies[0].dialect is Dialect.ISO_XML else _JSON)

    return routes


def _references(given: dict[Key, str | None]) -> tuple[Any, ...]:
    try:
        return tuple(reference(key, value) for key, value in given.items() if value is not None)
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", str(error))) from error


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    moment, _, digest = after.partition("/")
    try:
        bytes.fromhex(digest)
        found = _zoned(datetime.fromisoformat(moment))
    except ValueError as error:
        raise RefusalError(fault("VALIDATION", "after is what the page before gave as its after")) from error
    return None if found is None else (found, digest)


def _zoned(moment: datetime | None) -> datetime | None:
    """A moment without zone is one of UTC."""
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)
