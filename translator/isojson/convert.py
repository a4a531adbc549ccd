"""The door of the package: one FSPIOP JSON message as FSPIOP-ISO JSON, and back.

Mode `mojaloop` gives what that community's translator gives. Mode `full` writes the same, uses a few homes more, and
puts the rest in an envelope (SplmtryData), so that its own output turned back is the body it came from.
"""

import copy
from typing import Any, Final

import msgspec

from schemas.canonical.identity import is_ulid
from translator.isojson import extensions
from translator.isojson.envelope import ABSENT, apply, differences, envelope, items_of
from translator.isojson.model import Back, Json, Mode, Options, Source, Translation, UntranslatableError
from translator.isojson.resources import RESOURCES, Resource
from translator.isojson.values import at, iso_id
from translator.losses import CUT, NO_PLACE, Loss

__all__ = ["RESOURCES", "Mode", "Options", "Source", "Translation", "UntranslatableError", "to_fspiop", "to_iso"]

NOT_A_ULID: Final = "the schema of this variant takes ULIDs only"
_REFUSED: Final = "an item of the envelope that contradicts the message"
_WRONG_SHAPE: Final = (AttributeError, TypeError, KeyError, IndexError, ValueError, RecursionError)
_PLACES: Final = tuple(
    f"CdtTrfTxInf.{place}"
    for place in (
        "PmtTpInf.", "RgltryRptg.", "RmtInf.", "Tax.", "XchgRate", "UltmtDbtr.", "UltmtCdtr.", "Dbtr.PstlAdr.",
        "Cdtr.PstlAdr.", "Dbtr.CtryOfRes", "Cdtr.CtryOfRes", "Dbtr.CtctDtls.", "Cdtr.CtctDtls.",
    )
)  # fmt: skip
"""Where an extension may be unrolled to in mode full."""


def to_iso(resource: str, source: Source, options: Options) -> Translation:
    """The ISO body of an FSPIOP message; raises UntranslatableError for one that has none.

    `resource` is a name of RESOURCES. Parts of the context are taken over as they are, not copied.
    """
    kind = _resource(resource, source)
    try:
        message = kind.forward(source, options)
        if options.unroll_extensions:
            message = _unrolled(message, source.body, kind, options)
        if options.full and options.envelope:
            found = differences(source.body, kind.back(Source(message), options)[0], kind.known)
            asked = source.params.get("ID")
            if asked is not None and "params/ID" in kind.known.checks and iso_id(asked, options) != asked:
                found.append(("params/ID", asked))
            if found:
                message["SplmtryData"] = envelope(found)
    except UntranslatableError:
        raise
    except _WRONG_SHAPE as error:
        raise _wrong_shape(resource) from error
    return Translation(
        message,
        report=lambda: _not_written(resource, source, message, options),
        warn=lambda: _not_ulids(message),
    )


def to_fspiop(resource: str, source: Source, options: Options) -> Translation:
    """The FSPIOP body, headers and path parameters of an ISO message; raises UntranslatableError if it has none."""
    kind = _resource(resource, source)
    try:
        (body, headers, params), refused = _turned_back(kind, source, options)
        if not body:
            raise UntranslatableError("", "none of the elements that the mapping reads is there")
        if kind.sealed and "condition" not in body:
            raise UntranslatableError("CdtTrfTxInf.VrfctnOfTerms.IlpV4PrepPacket", "no prepare packet", "3102")
    except UntranslatableError:
        raise
    except _WRONG_SHAPE as error:
        raise _wrong_shape(resource) from error
    return Translation(body, headers or {}, params or {}, lambda: _not_read(kind, source.body, refused, options))


def _resource(name: str, source: Source) -> Resource:
    kind = RESOURCES.get(name)
    if kind is None:
        raise UntranslatableError("", f"'{name}' has no ISO message", "3002")
    if not isinstance(source.body, dict):
        raise UntranslatableError("", "the body is no object", "3101")
    return kind


def _wrong_shape(resource: str) -> UntranslatableError:
    return UntranslatableError("", f"the body has not the shape of {resource}", "3101")


def _turned_back(kind: Resource, source: Source, options: Options) -> tuple[Back, list[Any]]:
    """Body, headers and parameters, and the items of an envelope that were refused."""
    message = source.body
    body, headers, params = kind.back(source, options)
    refused: list[Any] = []
    if options.full:
        items = items_of(message) if "SplmtryData" in message else None
        if items is not None:
            refused = apply(items, body, params, message, kind.known)
        elif options.roll_up_extensions and body:
            extensions.add(body, kind.holder, extensions.roll_up_within_limits(message, _accounted(kind, message)))
    elif options.roll_up_extensions and body:
        extensions.add(body, kind.holder, extensions.roll_up(message, kind.reads))
    return (body, headers, params), refused


def _unrolled(message: Json, body: Json, kind: Resource, options: Options) -> Json:
    entries = extensions.entries_of(body, kind.holder)
    if options.full:
        entries = [entry for entry in entries if str(entry.get("key")).startswith(_PLACES)]
    if not entries:
        return message
    message = copy.deepcopy(message)
    barred = kind.reads | kind.writes | (kind.reads_more if options.full else frozenset())
    extensions.unroll(entries, message, barred)
    return message


def _accounted(kind: Resource, message: Json) -> frozenset[str]:
    """Elements that are read, or repeat one that is."""
    repeated = {copy_ for copy_, of in kind.copies if at(message, *copy_.split(".")) == at(message, *of.split("."))}
    return kind.reads_all | repeated


def _not_written(resource: str, source: Source, message: Json, options: Options) -> tuple[Loss, ...]:
    """What does not come back when the message is turned back in the same mode."""
    kind = RESOURCES[resource]
    (back, _, _), _ = _turned_back(kind, Source(message, context=source.context), options)
    losses: list[Loss] = []
    for pointer, value in differences(source.body, back, kind.known):
        if value is ABSENT:
            continue
        kept = at(back, *pointer[1:].split("/"))
        reason = CUT if isinstance(kept, str) and kept and str(value).startswith(kept) else NO_PLACE
        for path, leaf in extensions.leaves(value, pointer[1:].replace("/", ".")):
            losses.append(Loss(path, str(leaf), reason))
    return tuple(losses)


def _not_read(kind: Resource, message: Json, refused: list[Any], options: Options) -> tuple[Loss, ...]:
    read = extensions.TECHNICAL | (_accounted(kind, message) if options.full else kind.reads | kind.writes)
    losses = [
        Loss(path, str(value))
        for path, value in extensions.leaves(message)
        if path not in read and path.rpartition(".")[0] not in read and not path.startswith("SplmtryData.")
    ]
    items = items_of(message)
    if "SplmtryData" in message and (items is None or not options.full):
        losses += [Loss(path, str(value)) for path, value in extensions.leaves(message["SplmtryData"], "SplmtryData")]
    for item in refused:
        text = msgspec.json.encode(item).decode() if isinstance(item, dict) else str(item)
        losses.append(Loss("SplmtryData", text, _REFUSED))
    return tuple(losses)


def _not_ulids(message: Json) -> tuple[Loss, ...]:
    ids = at(message, "CdtTrfTxInf", "PmtId")
    if not isinstance(ids, dict):
        return ()
    named = ((name, ids.get(name)) for name in ("TxId", "InstrId", "EndToEndId"))
    return tuple(
        Loss(f"CdtTrfTxInf.PmtId.{name}", str(value), NOT_A_ULID)
        for name, value in named
        if value is not None and not (isinstance(value, str) and is_ulid(value))
    )
