"""The event that admi.004 tells of and admi.011 acknowledges."""

from msgspec import Struct

from iso.messages.shape import Shape, text, texts, token


class Happening(Struct, frozen=True, kw_only=True):
    """EvtInf or AckDtls: a code of the scheme with its parameters, a text, and when."""

    code: str
    parameters: tuple[str, ...] = ()
    text: str | None = None
    at: str | None = None


def happening(longest: int) -> Shape:
    """The event where its text has at most so many characters."""
    return Shape(
        Happening,
        (
            text("EvtCd", "code"),
            texts("EvtParam", "parameters", limit=35),
            text("EvtDesc", "text", limit=longest, cut=True),
            token("EvtTm", "at"),
        ),
    )
