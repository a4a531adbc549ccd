"""Writing: text that is already in exclusive canonical form, so that it can be hashed and signed as it stands.

Canonical here means: namespaces declared where they are first used, no white space between elements, explicit end tags,
and the escapes of exclusive XML canonicalisation. A value that an edition has no room for is dropped and named in
`Written.lost`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from msgspec import Struct

from iso.messages.shape import (
    AMOUNT,
    ENVELOPE,
    FLAG,
    INSIDE,
    NAMESPACE,
    PART,
    PARTS,
    SEEN,
    TEXT,
    TEXTS,
    TOKEN,
    Amount,
    Shape,
    ShapeError,
    Step,
    SupplementaryData,
)


class Written(Struct, frozen=True):
    """A written message and the paths of typed values that its edition has no room for."""

    body: bytes
    lost: tuple[str, ...] = ()


# writes one content of the struct `value`; False if nothing could be written although something had to be
Emit = Callable[[Any, Any, list[str], list[str]], bool]
_EMPTY: tuple[Any, ...] = ()


class _Line(Struct):
    """One element to write: the field it comes from ("" for a wrapper), how, and what to do when the field is empty."""

    field: str
    emit: Emit
    fallback: Callable[[Any], str | None] | None
    required: bool


class Writer:
    """Writes structs of `shape` as elements of one edition."""

    def __init__(self, shape: Shape, edition: int, path: str = "") -> None:
        self._shape = shape
        self._edition = edition
        self._path = path

    @cached_property
    def _lines(self) -> "tuple[tuple[str, Emit, Callable[[Any], str | None] | None, bool], ...]":
        # Compiled on first use, like the readers.
        plan = _plan(self._shape, self._edition, self._path)
        return tuple((line.field, line.emit, line.fallback, line.required) for line in plan)

    def write(self, value: Any, out: list[str], lost: list[str]) -> bool:
        """Append the elements of `value` to `out`, dropped paths to `lost`; False if a required element is missing."""
        whole = True
        for field, emit, fallback, required in self._lines:
            content = getattr(value, field) if field else value
            if content is None or content is _EMPTY:
                content = fallback(value) if fallback is not None else None
                if content is None:
                    whole = whole and not required
                    continue
            if not emit(content, value, out, lost):
                whole = False
        return whole


def write_document(writer: Writer, value: Any, definition: str, root: str, wrapper: str = "") -> Written:
    """The canonical text of a message: `root` in the namespace of `definition`, then `wrapper` around the elements."""
    lost: list[str] = []
    opening, closing = (f"<{wrapper}>", f"</{wrapper}></{root}>") if wrapper else ("", f"</{root}>")
    out = [f'<{root} xmlns="{NAMESPACE}{definition}">{opening}']
    if not writer.write(value, out, lost):
        raise ShapeError(f"{definition}: required elements are missing: {', '.join(lost)}")
    out.append(closing)
    return Written("".join(out).encode(), tuple(lost))


def escape(value: str) -> str:
    """Text content in canonical form."""
    if "&" in value or "<" in value or ">" in value or "\r" in value:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    return value


def _plan(shape: Shape, edition: int, path: str) -> list[_Line]:
    here = [step for step in shape.steps if step.since <= edition <= step.until]
    lines: list[_Line] = []
    for step in shape.steps:
        held = {field for other in here if other is not step for field, _ in _fields(other, "")}
        left = [(field, name) for field, name in _fields(step, path) if field not in held]
        if step not in here:
            lines += [_Line("", _dropping(left), None, False)] if left else []
        else:
            emit = _makers[step.kind](step, edition, path + step.tag)
            if step.when is not None:
                emit = _branch(step.when, emit, _dropping(left))
            required = step.required and step.kind != INSIDE
            lines.append(_Line(step.field, emit, step.fallback, required))
    return lines


def _fields(step: Step, path: str) -> list[tuple[str, str]]:
    """The fields of the surrounding struct that a step fills, each with its path."""
    if step.inner is None or step.kind != INSIDE:
        return [(step.field, path + step.tag)]
    return [found for inner in step.inner.steps for found in _fields(inner, f"{path}{step.tag}/")]


def _dropping(fields: list[tuple[str, str]]) -> Emit:
    """The edition lacks these: what has a value is named as lost."""

    def emit(_content: Any, value: Any, _out: list[str], lost: list[str]) -> bool:
        for field, name in fields:
            if getattr(value, field):
                lost.append(name)
        return True

    return emit


def _branch(when: tuple[str, str], taken: Emit, dropped: Emit) -> Emit:
    """One branch of a choice that a field of the struct decides."""
    field, wanted = when

    def emit(content: Any, value: Any, out: list[str], lost: list[str]) -> bool:
        return (taken if getattr(value, field) == wanted else dropped)(content, value, out, lost)

    return emit


def _text(step: Step, _edition: int, where: str) -> Emit:
    opening, closing, unless, required = f"<{step.tag}>", f"</{step.tag}>", step.unless, step.required
    limit, cut, fits, change = step.limit, step.cut, step.fits, step.change

    def plain(content: str, _value: Any, out: list[str], _lost: list[str]) -> bool:
        out.append(opening + escape(content) + closing)
        return True

    def careful(content: str, value: Any, out: list[str], lost: list[str]) -> bool:
        taken = unless and getattr(value, unless) is not None
        long = limit and len(content) > limit
        if taken or long or (fits is not None and not fits(content)):
            lost.append(where)
            if taken or not (long and cut):
                return not required
            content = content[:limit]
        out.append(opening + escape(change(content) if change else content) + closing)
        return True

    return careful if limit or fits or unless or change else plain


def _texts(step: Step, _edition: int, where: str) -> Emit:
    opening, closing, most, limit = f"<{step.tag}>", f"</{step.tag}>", step.most, step.limit

    def emit(contents: tuple[str, ...], _value: Any, out: list[str], lost: list[str]) -> bool:
        for number, content in enumerate(contents):
            if most and number == most:
                lost.append(where)
                break
            if limit and len(content) > limit:
                lost.append(where)
            out.append(opening + escape(content[: limit or None]) + closing)
        return True

    return emit


def _amount(step: Step, _edition: int, _where: str) -> Emit:
    tag, closing = step.tag, f"</{step.tag}>"

    def emit(content: Amount, _value: Any, out: list[str], _lost: list[str]) -> bool:
        currency = escape(content.currency).replace('"', "&quot;")
        out.append(f'<{tag} Ccy="{currency}">{escape(content.text)}{closing}')
        return True

    return emit


def _flag(step: Step, _edition: int, _where: str) -> Emit:
    yes, no = f"<{step.tag}>true</{step.tag}>", f"<{step.tag}>false</{step.tag}>"

    def emit(content: bool, _value: Any, out: list[str], _lost: list[str]) -> bool:
        out.append(yes if content else no)
        return True

    return emit


def _seen(step: Step, _edition: int, _where: str) -> Emit:
    empty = f"<{step.tag}></{step.tag}>"

    def emit(content: bool, _value: Any, out: list[str], _lost: list[str]) -> bool:
        if content:
            out.append(empty)
        return True

    return emit


def _inside(step: Step, edition: int, where: str) -> Emit:
    assert step.inner is not None
    write = Writer(step.inner, edition, where + "/").write
    opening, closing, unless = f"<{step.tag}>", f"</{step.tag}>", step.unless
    always, required = step.always, step.required

    def emit(_content: Any, value: Any, out: list[str], lost: list[str]) -> bool:
        mark = len(out)
        out.append(opening)
        whole = write(value, out, lost)
        if len(out) == mark + 1 and not always:
            del out[mark:]
            return not required
        if not whole or (unless and getattr(value, unless) is not None):
            del out[mark:]
            lost.append(where)
            return not required
        out.append(closing)
        return True

    return emit


def _part(step: Step, edition: int, where: str) -> Emit:
    assert step.inner is not None
    write, required = Writer(step.inner, edition, where + "/").write, step.required
    opening, closing, unless, filled = f"<{step.tag}>", f"</{step.tag}>", step.unless, step.inner.filled

    def emit(content: Any, value: Any, out: list[str], lost: list[str]) -> bool:
        mark = len(out)
        out.append(opening)
        taken = unless and getattr(value, unless) is not None
        if taken or not write(content, out, lost) or (filled and len(out) == mark + 1):
            del out[mark:]
            lost.append(where)
            return not required
        out.append(closing)
        return True

    return emit


def _parts(step: Step, edition: int, where: str) -> Emit:
    most, write = step.most, _part(step, edition, where)

    def emit(contents: tuple[Any, ...], value: Any, out: list[str], lost: list[str]) -> bool:
        for number, content in enumerate(contents):
            if most and number == most:
                lost.append(where)
                break
            write(content, value, out, lost)
        return True

    return emit


def _envelopes(_step: Step, _edition: int, _where: str) -> Emit:
    def emit(contents: tuple[SupplementaryData, ...], _value: Any, out: list[str], _lost: list[str]) -> bool:
        for entry in contents:
            place = "" if entry.place is None else f"<PlcAndNm>{escape(entry.place)}</PlcAndNm>"
            out.append(f"<SplmtryData>{place}<Envlp>{entry.envelope.decode()}</Envlp></SplmtryData>")
        return True

    return emit


_makers: dict[int, Callable[[Step, int, str], Emit]] = {
    TEXT: _text,
    TOKEN: _text,
    INSIDE: _inside,
    PART: _part,
    PARTS: _parts,
    AMOUNT: _amount,
    TEXTS: _texts,
    FLAG: _flag,
    SEEN: _seen,
    ENVELOPE: _envelopes,
}
