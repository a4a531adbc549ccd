"""`isoloop translate --jsonl`: translations between FSPIOP JSON and its ISO variant, one JSON object a line."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec
from ulid import ULID

from switch.sandbox.clock import now
from translator.isojson.convert import Mode, Options, Source, Translation, UntranslatableError, to_fspiop, to_iso

_ENCODE: Final = msgspec.json.Encoder().encode


class _Switches(msgspec.Struct, rename="camel"):
    unroll_extensions: bool = False
    roll_up_unmapped_as_extensions: bool = False
    testing_mode: bool = msgspec.field(default=False, name="testing_mode")


class _Message(msgspec.Struct):
    body: dict[str, Any]
    headers: dict[str, str] | None = None
    params: dict[str, str] | None = None
    context: dict[str, Any] | None = msgspec.field(default=None, name="$context")


class _Task(msgspec.Struct):
    direction: Literal["fspiop_to_iso", "iso_to_fspiop"]
    resource: str
    source: _Message
    id: Any = None
    options: _Switches | None = None


_DECODE: Final = msgspec.json.Decoder(_Task).decode


def run(mode: Mode) -> int:
    """Answer every line of stdin with one on stdout, at once; 0 whatever the lines say."""
    out = sys.stdout.buffer
    try:
        for answer in answers(sys.stdin.buffer, mode):
            out.write(answer + b"\n")
            out.flush()
    except BrokenPipeError:
        # The reader has gone; what else would be written goes nowhere, also at exit.
        sys.stdout = None
    return 0


def answers(lines: Iterable[bytes], mode: Mode) -> Iterator[bytes]:
    """One JSON object for each line that is not blank: `{id, expected}`, or `{id, error}`."""
    for line in lines:
        if line.strip():
            yield _ENCODE(_answer(line, mode))


def _answer(line: bytes, mode: Mode) -> dict[str, Any]:
    try:
        task = _DECODE(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return {"id": _id_of(line), "error": f"not a translation task: {error}"}
    switches = task.options or _Switches()
    options = Options(
        now=now(),
        new_id=_new_id,
        mode=mode,
        unroll_extensions=switches.unroll_extensions,
        roll_up_extensions=switches.roll_up_unmapped_as_extensions,
        testing_mode=switches.testing_mode,
    )
    message = task.source
    headers = {name.lower(): value for name, value in (message.headers or {}).items()}
    source = Source(message.body, headers, message.params or {}, message.context or {})
    translate = to_iso if task.direction == "fspiop_to_iso" else to_fspiop
    try:
        made = translate(task.resource, source, options)
    except UntranslatableError as error:
        return {"id": task.id, "error": str(error)}
    return {"id": task.id, "expected": _expected(made), **_losses(made, mode)}


def _expected(made: Translation) -> dict[str, Any]:
    parts = {"body": made.body, "headers": made.headers, "params": made.params}
    return {name: part for name, part in parts.items() if part or name == "body"}


def _losses(made: Translation, mode: Mode) -> dict[str, Any]:
    losses = made.losses if mode is Mode.FULL else ()
    return {"losses": losses} if losses else {}


def _new_id() -> str:
    return str(ULID())


def _id_of(line: bytes) -> Any:
    """The id of a line that is wrong in another place, None if not even that can be read."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return value.get("id") if isinstance(value, dict) else None
