"""Settlement API v2, windows: list, read, and close; what is committed after a close belongs to the next window."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from msgspec import UNSET

from schemas.canonical.faults import fault
from schemas.canonical.participants import LedgerAccount, Participant
from schemas.canonical.settlement import CloseWindow, Content, SettlementWindow
from settlement.windows import first
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant
from switch.admin.openapi import Number, tells
from switch.admin.settlement_shapes import Close, ContentShown, WindowShown
from switch.store.lists import WindowList, fits

V2 = "/v2"
_PAGE_MAX: Final = 1000
Moment = Annotated[datetime | None, Query()]
Page = Annotated[int | None, Query(ge=1, le=_PAGE_MAX)]
Whole = Annotated[int | None, Query(ge=1, le=2**53 - 1)]
WindowWord = Literal["OPEN", "PROCESSING", "CLOSED", "PENDING_SETTLEMENT", "SETTLED", "ABORTED", "FAILED"]


def invalid(text: str) -> RefusalError:
    """The refusal of this API for nearly everything: 3100."""
    return RefusalError(fault("VALIDATION", text))


def zoned(moment: datetime | None) -> datetime | None:
    """A bound; without a zone it is UTC."""
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def shown(window: SettlementWindow, contents: tuple[Content, ...] | None = None) -> WindowShown:
    """A window as the API shows it, with all its contents or some of them."""
    return WindowShown(
        id=window.id,
        settlement_window_id=window.id,
        state=window.state.value,
        reason=window.reason or UNSET,
        created_date=instant(window.created),
        changed_date=instant(window.changed),
        content=[_content(content) for content in (window.contents if contents is None else contents)],
    )


def _content(content: Content) -> ContentShown:
    return ContentShown(
        content.id,
        content.state.value,
        content.ledger_account_type,
        content.currency,
        instant(content.created),
        instant(content.changed),
        UNSET if content.settlement is None else content.settlement,
    )


async def _found(desk: Desk, wanted: WindowList) -> list[SettlementWindow]:
    """Windows in the order they were opened; the first is there from the start, but written with its first change."""
    found: list[SettlementWindow] = await desk.store.listed(wanted)
    if wanted.after is None and await desk.store.record(SettlementWindow, "1") is None:
        beginning = first(desk.clock())
        found = [*([beginning] if fits(wanted, beginning) else ()), *found]
    return found[: wanted.limit]


async def window_of(desk: Desk, number: int) -> SettlementWindow | None:
    """One window by its id."""
    found: SettlementWindow | None = await desk.store.record(SettlementWindow, str(number))
    return first(desk.clock()) if found is None and number == 1 else found


def router(desk: Desk) -> APIRouter:
    """The routes under /v2/settlementWindows."""
    routes = APIRouter(prefix=V2, tags=["settlement"])

    @routes.get("/settlementWindows")
    @tells(200, list[WindowShown])
    async def windows(
        participantId: Whole = None,  # noqa: N803 - the API's names
        state: Annotated[WindowWord | None, Query()] = None,
        fromDateTime: Moment = None,  # noqa: N803
        toDateTime: Moment = None,  # noqa: N803
        currency: Annotated[str | None, Query()] = None,
        limit: Page = None,
        after: Whole = None,
    ) -> Response:
        """Windows by state, currency, participant or the time they were opened; at least one filter is needed.

        `limit` makes pages; `after` is the id of the last window of the page before.
        """
        asked: dict[str, Any] = {
            "participantId": participantId, "state": state, "fromDateTime": fromDateTime, "toDateTime": toDateTime,
            "currency": currency,
        }  # fmt: skip
        given = {name: value for name, value in asked.items() if value is not None}
        if not given:
            raise invalid(f"Use at least one parameter: {', '.join(asked)}")
        own = await _accounts(desk, participantId) if participantId is not None else None
        wanted = WindowList(state, currency, own, zoned(fromDateTime), zoned(toDateTime), limit, after)
        found = await _found(desk, wanted)
        if not found:
            filters = ",".join(f"{name}:{value}" for name, value in given.items())
            raise invalid(f"settlementWindow by filters: {{{filters}}} not found")
        return answer([shown(window) for window in found])

    @routes.get("/settlementWindows/{id}")
    @tells(200, WindowShown)
    async def window(id: Number) -> Response:
        """One window with what it holds."""
        found = await window_of(desk, id)
        if found is None:
            raise invalid(f"settlementWindowId: {id} not found")
        return answer(shown(found))

    @routes.post("/settlementWindows/{id}")
    @tells(200, WindowShown, body=Close)
    async def close(id: Number, request: Request) -> Response:
        """Close the open window and open the next, which is the answer; the nets of the closed one follow at once."""
        body = await body_of(request, Close)
        receipt = await desk.do(CloseWindow(id, body.reason))
        following = await window_of(desk, int(receipt.notes[0]))
        if following is None:
            raise invalid(f"settlementWindowId: {receipt.notes[0]} not found")
        return answer(shown(following))

    return routes


async def _accounts(desk: Desk, number: int) -> tuple[int, ...]:
    """The ids of a participant's accounts."""
    owners = {each.name for each in await desk.records(Participant) if each.number == number}
    return tuple(account.id for account in await desk.records(LedgerAccount) if account.owner in owners)
