"""How a sandbox DFSP speaks the ISO 20022 variant: it thinks in FSPIOP JSON, and translates what it says and hears."""

import uuid
from typing import Any, Final

import msgspec

from schemas.canonical.identity import ulid_of
from schemas.canonical.twins import iso_spelling
from switch.crossing import BOTH_BODIES
from switch.sandbox.clock import now
from switch.sandbox.http import Request
from translator.isojson.convert import Options, Source, to_fspiop, to_iso

_ENCODE: Final = msgspec.json.Encoder().encode
_MARK: Final = "application/vnd.interoperability.iso20022."


def _new_id() -> str:
    return ulid_of(str(uuid.uuid4()))


class IsoSpeech:
    """One DFSP's translator; it remembers which UUID it called by which ULID, and the quotes it was asked for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ids: dict[str, str] = {}
        self._asked: dict[str, Any] = {}

    @staticmethod
    def covers(path: str) -> bool:
        """Whether that resource has a body of its own in the variant."""
        return path.split("/")[1].partition("?")[0] in BOTH_BODIES

    def said(self, method: str, path: str, destination: str, body: bytes) -> tuple[str, bytes]:
        """Path and body of a message on its way out."""
        if not self.covers(path):
            return path, body
        head, _, query = path.partition("?")
        parts = [self._spelt(part) for part in head.split("/")]
        path = "/".join(parts) + (f"?{query}" if query else "")
        if not body:
            return path, body
        content = msgspec.json.decode(body)
        for key in ("quoteId", "transferId"):
            if key in content:
                self._spelt(content[key])
        asked = self._asked.get(parts[2]) if len(parts) > 2 else None
        headers = {"fspiop-source": self._name, "fspiop-destination": destination}
        context = {"isoPostQuote": asked} if asked else {}
        source = Source(content, headers, {"ID": parts[2]} if len(parts) > 2 else {}, context)
        return path, _ENCODE(to_iso(_name(method, parts), source, Options(now(), _new_id)).body)

    def heard(self, request: Request) -> Request:
        """A message as FSPIOP JSON has it; one that is in it already stays as it is."""
        head, _, query = request.target.partition("?")
        parts = head.split("/")
        target = "/".join(self._ids.get(part, part) for part in parts) + (f"?{query}" if query else "")
        body = request.body
        if body and self.covers(request.target) and request.headers.get("content-type", "").startswith(_MARK):
            content = msgspec.json.decode(body)
            if parts[1] == "quotes" and request.method == "POST":
                self._asked[content["CdtTrfTxInf"]["PmtId"]["TxId"]] = content
            source = Source(content, request.headers)
            body = _ENCODE(to_fspiop(_name(request.method, parts), source, Options(now(), _new_id)).body)
        return msgspec.structs.replace(request, target=target, body=body)

    def _spelt(self, key: str) -> str:
        spelt = iso_spelling(key)
        if spelt != key:
            self._ids[spelt] = key
        return spelt


def _name(method: str, parts: list[str]) -> str:
    error = "Error" if parts[-1] == "error" else ""
    return f"{parts[1]}.{method.lower()}{error}"
