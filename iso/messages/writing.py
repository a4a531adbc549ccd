"""Writing: text that is already in exclusive canonical form, so that it can be hashed and signed as it stands.

Canonical here means: namespaces declared where they are first used, no white space between elements, explicit end tags, and
the escapes of exclusive XML canonicalisation. A value that an edition has no room for is dropped and named in `Written.lost`.
"""

from collections.abc import Callable
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
    Shape,
    ShapeError,
    Step,
)


class Written(Struct, frozen=True):
    """A written message and the paths of typed values that its edition has no room for."""

    body: bytes
    lost: tuple[str, ...] = ()


Emit = Callable[[Any, list[str], list[str]], bool]


class Writer:
    """Writes structs of `shape` as elements of one edition; the answer is True unless a required element is missing."""

    def __init__(self, shape: Shape, edition: int, path: str = "") -> None:
        self._steps = _emits(shape, edition, path)

    def write(self, value: Any, out: list[str], lost: list[str]) -> bool:
        """Append the elements inside `value` to `out`, and to `lost` the paths that had to be dropped."""
        whole = True
        for emit in self._steps:
            if not emit(value, out, lost):
                whole = False
        return whole


def write_document(writer: Writer, value: Any, definition: str, root: str, wrapper: str = "") -> Written:
    """The canonical text of a message: `root` in the namespace of `definition`, then `wrapper` around the elements."""
    lost: list[str] = []
    out = [f'<{root} xmlns="{NAMESPACE}{definition}">']
    if wrapper:
        out.append(f"<{wrapper}>")
    if not writer.write(value, out, lost):
        raise ShapeError(f"{definition}: required elements are missing: {', '.join(lost)}")
    out.append(f"</{wrapper}></{root}>" if wrapper else f"</{root}>")
    return Written("".join(out).encode(), tuple(lost))


def escape(value: str) -> str:
    """Text content in canonical form."""
    if "&" in value or "<" in value or ">" in value or "\r" in value:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    return value


def _emits(shape: Shape, edition: int, path: str) -> tuple[Emit, ...]:
    here = [step for step in shape.steps if step.since <= edition <= step.until]
    emits: list[Emit] = []
    for step in shape.steps:
        held = {field for other in here if other is not step for field, _ in _fields(other, "")}
        left = [(field, name) for field, name in _fields(step, path) if field not in held]
        if step not in here:
            emits += [_drop(left)] if left and step.kind != SEEN else []
        elif step.when is not None:
            emits.append(_choice(step, _inside(step, edition, path + step.tag), _drop(left)))
        else:
            emits.append(_MAKERS[step.kind](step, edition, path + step.tag))
    return tuple(emits)


def _fields(step: Step, path: str) -> list[tuple[str, str]]:
    """The fields of the surrounding struct that a step fills, each with its path."""
    if step.inner is None or step.kind != INSIDE:
        return [(step.field, path + step.tag)]
    return [found for inner in step.inner.steps for found in _fields(inner, f"{path}{step.tag}/")]


def _drop(fields: list[tuple[str, str]]) -> Emit:
    """The edition lacks these: what has a value is named as lost."""

    def drop(value: Any, out: list[str], lost: list[str]) -> bool:
        for field, name in fields:
            if getattr(value, field):
                lost.append(name)
        return True

    return drop


def _choice(step: Step, taken: Emit, dropped: Emit) -> Emit:
    """One branch of a choice that a field of the struct decides."""
    assert step.when is not None
    field, wanted = step.when
    return lambda value, out, lost: (taken if getattr(value, field) == wanted else dropped)(value, out, lost)


def _text(step: Step, edition: int, where: str) -> Emit:
    field, opening, closing = step.field, f"<{step.tag}>", f"</{step.tag}>"
    limit, codes, unless, required, cut, fallback = (
        step.limit,
        step.codes,
        step.unless,
        step.required,
        step.cut,
        step.fallback,
    )

    def plain(value: Any, out: list[str], lost: list[str]) -> bool:
        content = getattr(value, field)
        if content is not None:
            out.append(opening + escape(content) + closing)
        return True

    def careful(value: Any, out: list[str], lost: list[str]) -> bool:
        content = getattr(value, field)
        if content is None and fallback is not None:
            content = fallback(value)
        if content is None:
            return not required
        if unless and getattr(value, unless) is not None:
            lost.append(where)
            return True
        if limit and len(content) > limit:
            lost.append(where)
            if not cut:
                return not required
            content = content[:limit]
        if codes is not None and content not in codes:
            lost.append(where)
            return not required
        out.append(opening + escape(content) + closing)
        return True

    return careful if limit or codes or unless or required or fallback else plain


def _texts(step: Step, edition: int, where: str) -> Emit:
    field, opening, closing, most, limit = step.field, f"<{step.tag}>", f"</{step.tag}>", step.most, step.limit

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        contents = getattr(value, field)
        if most and len(contents) > most:
            lost.append(where)
            contents = contents[:most]
        for content in contents:
            if limit and len(content) > limit:
                lost.append(where)
                content = content[:limit]
            out.append(opening + escape(content) + closing)
        return True

    return emit


def _amount(step: Step, edition: int, where: str) -> Emit:
    field, tag, closing, required = step.field, step.tag, f"</{step.tag}>", step.required

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        content = getattr(value, field)
        if content is None:
            return not required
        currency = escape(content.currency).replace('"', "&quot;")
        out.append(f'<{tag} Ccy="{currency}">{escape(content.text)}{closing}')
        return True

    return emit


def _flag(step: Step, edition: int, where: str) -> Emit:
    field, tag = step.field, step.tag

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        content = getattr(value, field)
        if content is not None:
            out.append(f"<{tag}>{'true' if content else 'false'}</{tag}>")
        return True

    return emit


def _seen(step: Step, edition: int, where: str) -> Emit:
    return lambda value, out, lost: True


def _inside(step: Step, edition: int, where: str) -> Emit:
    assert step.inner is not None
    write = Writer(step.inner, edition, where + "/").write
    opening, closing, always, required, unless = (
        f"<{step.tag}>",
        f"</{step.tag}>",
        step.always,
        step.required,
        step.unless,
    )

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
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
    field, write, required = step.field, Writer(step.inner, edition, where + "/").write, step.required
    opening, closing, unless = f"<{step.tag}>", f"</{step.tag}>", step.unless

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        content = getattr(value, field)
        if content is None:
            return not required
        mark = len(out)
        out.append(opening)
        if (unless and getattr(value, unless) is not None) or not write(content, out, lost):
            del out[mark:]
            lost.append(where)
            return not required
        out.append(closing)
        return True

    return emit


def _parts(step: Step, edition: int, where: str) -> Emit:
    assert step.inner is not None
    field, write, most = step.field, Writer(step.inner, edition, where + "/").write, step.most
    opening, closing = f"<{step.tag}>", f"</{step.tag}>"

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        contents = getattr(value, field)
        if most and len(contents) > most:
            lost.append(where)
            contents = contents[:most]
        for content in contents:
            mark = len(out)
            out.append(opening)
            if write(content, out, lost):
                out.append(closing)
            else:
                del out[mark:]
                lost.append(where)
        return True

    return emit


def _envelopes(step: Step, edition: int, where: str) -> Emit:
    field = step.field

    def emit(value: Any, out: list[str], lost: list[str]) -> bool:
        for entry in getattr(value, field):
            place = "" if entry.place is None else f"<PlcAndNm>{escape(entry.place)}</PlcAndNm>"
            out.append(f"<SplmtryData>{place}<Envlp>{entry.envelope.decode()}</Envlp></SplmtryData>")
        return True

    return emit


_MAKERS: dict[int, Callable[[Step, int, str], Emit]] = {
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
