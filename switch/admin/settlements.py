"""Settlement API v2, settlements: create, read, move accounts on, abort. Errors of single accounts stand in the 200."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from msgspec import UNSET

from schemas.canonical.faults import fault
from schemas.canonical.settlement import (
    AbortSettlement,
    CreateSettlement,
    Move,
    Settlement,
    SettlementAccount,
    SettlementState,
    SettlementWindow,
    UpdateSettlement,
    WindowState,
)
from switch.admin import settlement_shapes as shapes
from switch.admin.desk import Desk, RefusalError, answer, body_of, instant, number
from switch.admin.openapi import ErrorInformation, Number, tells
from switch.admin.windows import V2, Moment, Page, Whole, invalid, shown, window_of, zoned
from switch.store.lists import SettlementList, WindowList

_NETS_S: Final = 10.0
_LOOK_S: Final = 0.05
StateWord = Literal[
    "PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLING",
    "SETTLED", "ABORTED",
]  # fmt: skip


def router(desk: Desk) -> APIRouter:
    """The routes under /v2/settlements."""
    routes = APIRouter(prefix=V2, tags=["settlement"])

    @routes.post("/settlements")
    @tells(200, shapes.SettlementShown, body=shapes.NewSettlement)
    async def create(request: Request) -> Response:
        """Settle what a model has in these windows; nets of windows closed just now are waited for."""
        body = await body_of(request, shapes.NewSettlement)
        named = tuple(window.id for window in body.settlement_windows)
        await _nets(desk, named)
        receipt = await desk.do(CreateSettlement(body.settlement_model, body.reason, named))
        return await _whole(desk, int(receipt.notes[0]))

    @routes.get("/settlements/{id}")
    @tells(200, shapes.SettlementShown)
    async def settlement(id: Number) -> Response:
        """One settlement with its windows and every account."""
        return await _whole(desk, id)

    @routes.put("/settlements/{id}")
    @tells(200, shapes.SettlementShown, body=shapes.SettlementChange)
    async def change(id: Number, request: Request) -> Response:
        """Move accounts of any participants on, or give the settlement up (ABORTED with a reason)."""
        body = await body_of(request, shapes.SettlementChange)
        if body.participants is not None:
            if body.state or body.reason or body.external_reference:
                raise invalid("No other properties are allowed when participants is provided")
            return await _moved(desk, id, [(each.id, each.accounts) for each in body.participants])
        if body.state is None or body.reason is None:
            raise RefusalError(fault("MISSING_ELEMENT", "State and reason are mandatory"))
        if body.state != SettlementState.ABORTED.value:
            raise invalid("Invalid request payload input")
        await desk.do(AbortSettlement(id, body.reason, body.external_reference or ""))
        return await _whole(desk, id)

    _lists(routes, desk)
    _parts(routes, desk)
    return routes


def _lists(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/settlements")
    @tells(200, list[shapes.SettlementShown])
    async def every(
        currency: Annotated[str | None, Query()] = None,
        participantId: Whole = None,  # noqa: N803 - the API's names
        settlementWindowId: Whole = None,  # noqa: N803
        accountId: Whole = None,  # noqa: N803
        state: Annotated[StateWord | None, Query()] = None,
        fromDateTime: Moment = None,  # noqa: N803
        toDateTime: Moment = None,  # noqa: N803
        fromSettlementWindowDateTime: Moment = None,  # noqa: N803
        toSettlementWindowDateTime: Moment = None,  # noqa: N803
        limit: Page = None,
        after: Whole = None,
    ) -> Response:
        """Settlements by state, time, window, participant, account or currency; at least one filter is needed.

        `limit` makes pages; `after` is the id of the last settlement of the page before.
        """
        spans = (fromDateTime, toDateTime, fromSettlementWindowDateTime, toSettlementWindowDateTime)
        of_account = (currency, participantId, accountId)
        if all(value is None for value in (state, settlementWindowId, *spans, *of_account)):
            raise invalid(
                "Use at least one parameter: state, settlementWindowId, currency, participantId, accountId,"
                " fromDateTime, toDateTime"
            )
        since, until, windows_since, windows_until = map(zoned, spans)
        wanted = SettlementList(
            state, settlementWindowId, since, until, windows_since, windows_until, *of_account, limit, after
        )
        found: list[Settlement] = await desk.store.listed(wanted)
        if not found:
            raise invalid("Settlements not found")
        ids = tuple(dict.fromkeys(key for one in found for key in one.windows))
        windows = {window.id: window for window in await desk.store.listed(WindowList(ids=ids))}
        return answer([
            _shown(one, [windows[key] for key in one.windows], [each for each in one.accounts if wanted.fits(each)])
            for one in found
        ])  # fmt: skip


def _parts(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/settlements/{sid}/participants/{pid}")
    @tells(200, shapes.SettlementShown)
    async def participant(sid: Number, pid: Number) -> Response:
        """A settlement with one participant's accounts only."""
        found = await _settlement(desk, sid)
        own = [account for account in found.accounts if account.participant == pid]
        if not own:
            raise invalid("Participant not in settlement")
        return answer(_shown(found, await _windows(desk, found), own))

    @routes.get("/settlements/{sid}/participants/{pid}/accounts/{aid}")
    @tells(200, shapes.SettlementShown)
    async def account(sid: Number, pid: Number, aid: Number) -> Response:
        """A settlement with one account only."""
        found = await _settlement(desk, sid)
        own = [each for each in found.accounts if each.participant == pid]
        one = [each for each in own if each.account == aid]
        if not one:
            raise invalid("Account not in settlement" if own else "Participant not in settlement")
        return answer(_shown(found, await _windows(desk, found), one))

    @routes.put("/settlements/{sid}/participants/{pid}")
    @tells(200, shapes.SettlementShown, body=shapes.ParticipantChange)
    async def change_participant(sid: Number, pid: Number, request: Request) -> Response:
        """Move accounts of one participant on."""
        body = await body_of(request, shapes.ParticipantChange)
        return await _moved(desk, sid, [(pid, body.accounts)])

    @routes.put("/settlements/{sid}/participants/{pid}/accounts/{aid}")
    @tells(200, shapes.SettlementShown, body=shapes.AccountChange)
    async def change_account(sid: Number, pid: Number, aid: Number, request: Request) -> Response:
        """Move one account on."""
        body = await body_of(request, shapes.AccountChange)
        one = shapes.NamedAccountChange(aid, body.state, body.reason, body.external_reference)
        return await _moved(desk, sid, [(pid, [one])])


async def _nets(desk: Desk, numbers: Iterable[int]) -> None:
    """Wait until none of the windows is being added up, or long enough."""
    until = asyncio.get_running_loop().time() + _NETS_S
    for key in numbers:
        while (window := await window_of(desk, key)) and window.state is WindowState.PROCESSING:
            if asyncio.get_running_loop().time() > until:
                return
            await asyncio.sleep(_LOOK_S)


async def _settlement(desk: Desk, key: int) -> Settlement:
    found: Settlement | None = await desk.store.record(Settlement, str(key))
    if found is None:
        raise invalid("Settlement not found")
    return found


async def _windows(desk: Desk, settlement: Settlement) -> list[SettlementWindow]:
    found = [await window_of(desk, key) for key in settlement.windows]
    return [window for window in found if window is not None]


async def _whole(desk: Desk, key: int) -> Response:
    found = await _settlement(desk, key)
    return answer(_shown(found, await _windows(desk, found), found.accounts))


async def _moved(desk: Desk, key: int, asked: Sequence[tuple[int, Sequence[shapes.NamedAccountChange]]]) -> Response:
    """Do what is asked and show what became of it: these accounts only, in this order."""
    moves = tuple(
        Move(owner, one.id, SettlementState(one.state), one.reason or "", one.external_reference or "")
        for owner, accounts in asked
        for one in accounts
    )
    receipt = await desk.do(UpdateSettlement(key, moves))
    found = await _settlement(desk, key)
    held = {account.account: account for account in found.accounts}
    told = iter([_told(held.get(move.account), move, note) for move, note in zip(moves, receipt.notes, strict=True)])
    participants = [shapes.SettledParticipant(owner, [next(told) for _ in accounts]) for owner, accounts in asked]
    return answer(_shown(found, await _windows(desk, found), (), participants))


def _told(account: SettlementAccount | None, move: Move, note: str) -> shapes.SettledAccount:
    mine = account is not None and account.participant == move.participant
    one = _account(account) if account is not None and mine else shapes.SettledAccount(move.account)
    if note:
        reason = fault("CLIENT_ERROR", note)
        one.error_information = ErrorInformation(reason.fspiop, reason.description)
    return one


def _account(account: SettlementAccount) -> shapes.SettledAccount:
    return shapes.SettledAccount(
        account.account,
        account.state.value,
        account.reason or UNSET,
        account.external_reference or UNSET,
        instant(account.changed) or UNSET,
        shapes.NetAmount(number(account.units), account.currency),
    )


def _shown(
    settlement: Settlement,
    windows: Iterable[SettlementWindow],
    accounts: Iterable[SettlementAccount],
    participants: list[shapes.SettledParticipant] | None = None,
) -> shapes.SettlementShown:
    grouped: dict[int, list[shapes.SettledAccount]] = {}
    for account in accounts:
        grouped.setdefault(account.participant, []).append(_account(account))
    listed = [shapes.SettledParticipant(owner, held) for owner, held in grouped.items()]
    return shapes.SettlementShown(
        settlement.id,
        settlement.model,
        settlement.state.value,
        settlement.reason,
        instant(settlement.created),
        instant(settlement.changed),
        [
            shown(window, tuple(content for content in window.contents if content.id in settlement.contents))
            for window in windows
        ],
        listed if participants is None else participants,
    )
