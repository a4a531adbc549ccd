"""The applications of the edges, one for each door: what it demands depends on what its connections prove."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

import fspiop.api.app as fspiop_edge
import iso.api as iso_edge
from fspiop.incoming import IncomingFspiop
from iso import gate
from iso.examine import Examiner, Rules
from iso.rules.choice import known
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Receipt
from schemas.catalogue import Catalogue
from switch import files, openapi, published, resend
from switch.config import ProfileName, Settings
from switch.directory import Directory
from switch.heard import Heard
from switch.identity import Doorman
from switch.intake import Intake
from switch.meters import Traffic
from switch.observe import Asgi, Receive, Scope, Send, reply
from switch.post_office import Pickup, Prompt
from switch.queries import MessageQuery
from switch.reports.doors import OwnReports
from switch.reports.reader import Reader
from switch.ring import Ring
from switch.store.port import Store
from switch.timely import timely


class Edges:
    """Makes the applications; `traffic` hears of each request under the name of its door."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        intake: Intake,
        heard: Heard,
        store: Store,
        ring: Ring,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        traffic: Traffic,
        pickup: Pickup,
        prompt: Prompt,
        resender: resend.Resender,
        reader: Reader,
    ) -> None:
        """All edges work for one hub."""
        self._resender = resender
        self._pickup = pickup
        self._prompt = prompt
        self._traffic = traffic
        self._settings = settings
        self._directory = directory
        self._intake = intake
        self._heard = heard
        self._ring = ring
        self._clock = clock
        self._catalogue = catalogue
        self._production = settings.profile is ProfileName.PRODUCTION
        self._reports = OwnReports(reader, directory, clock, proven_only=self._production)
        self._query = timely(MessageQuery(store, self._open_banks))
        examiner = Examiner(catalogue, directory, self._rules())
        self._files = files.Files(directory, intake, store, catalogue, clock, examiner, proven_only=self._production)

    def fspiop(self, doorman: Doorman, name: str) -> fspiop_edge.FspiopApp:
        """An application for DFSPs. Where a connection proves nothing a production wants everything signed."""
        settings = self._settings
        edge = fspiop_edge.EdgeSettings(
            max_body=settings.body_max_bytes,
            demand_signatures=self._production,
            lenient=not self._production,
            sign_all=self._production and doorman.caller is None,
            completed_ahead=timedelta(milliseconds=settings.completed_ahead_ms),
            completed_behind=timedelta(seconds=settings.completed_behind_s),
        )
        app = fspiop_edge.router(
            timely(self._take), self._directory.jws_keys, edge, self._clock,
            caller=doorman.caller, objection=doorman.objection,
            others={
                openapi.KEYS_PATH: self._keys(doorman), openapi.PATH: openapi.served("fspiop"),
                **self._reports.apps(doorman),
            },
            meter=self._traffic.meter(name, lambda: {"unverified": app.counts["unverified"]}),
        )  # fmt: skip
        return app

    def iso(self, doorman: Doorman, name: str) -> iso_edge.IsoApp:
        """An application for banks. Where a connection proves nothing a production tells nobody about messages."""
        edge = iso_edge.EdgeSettings(self._rules(), answer_queries=doorman.caller is not None or not self._production)
        others = {
            openapi.PATH: openapi.served("iso"),
            files.PATH: self._files.app(doorman),
            resend.PATH: resend.route(self._resender, self._asker(doorman)),
            **self._reports.apps(doorman),
        }
        app = iso_edge.router(
            timely(self._intake.iso), self._query, self._directory, self._catalogue, edge,
            clock=self._clock, caller=doorman.caller, objection=doorman.objection,
            meter=self._traffic.meter(name, lambda: app.signatures, lambda: app.broken), others=others,
            collection=self._pickup, answers=self._prompt,
        )  # fmt: skip
        return app

    def _rules(self) -> Rules:
        settings = self._settings
        return Rules(
            limits=gate.Limits(size=settings.body_max_bytes),
            services=frozenset(settings.business_services),
            oldest=timedelta(seconds=settings.credt_window_s),
            demand_signatures=self._production,
            packs=known(settings.iso_rules),
            refuse=self._production if settings.iso_rules_refuse is None else settings.iso_rules_refuse,
        )

    async def _take(self, message: IncomingFspiop) -> Receipt:
        self._heard.learn(message)
        return await self._intake.fspiop(message)

    def _open_banks(self) -> list[FspId]:
        """Whose messages are told to who names no bank: those of banks that need not prove themselves."""
        held = self._directory.held
        return [name for name in self._directory.banks() if name.casefold() not in held]

    def _asker(self, doorman: Doorman) -> resend.Banks:
        """Whose request it is: the connection proves it, or in a sandbox `participant` names a bank that need not."""

        def bank(scope: Scope) -> FspId | resend.Nobody:
            name = resend.named(scope) if doorman.caller is None else doorman.caller(scope)
            if doorman.caller is None and self._production:
                return resend.Nobody("messages are sent again only where the connection proves a participant")
            why = doorman.objection(scope, name, False)
            if why is not None:
                return resend.Nobody(why)
            found = self._directory.participant(FspId(name)) if name else None
            return resend.Nobody("no bank is named") if found is None or found.iso is None else found.name

        return bank

    def _keys(self, doorman: Doorman) -> Asgi:
        async def keys(scope: Scope, _receive: Receive, send: Send) -> None:
            wrong = doorman.objection(scope, None, False)
            if wrong is not None:
                await reply(send, 403, b"application/json", msgspec.json.encode({"error": "CALLER", "detail": wrong}))
                return
            everybody = self._directory.everybody()
            found = published.everybody(FspId(self._settings.hub_name), self._ring, everybody, self._clock())
            await reply(send, 200, b"application/json", msgspec.json.encode(found))

        return keys
