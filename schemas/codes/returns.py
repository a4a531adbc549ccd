"""Why a payment is given back: ExternalReturnReason1Code of ISO 20022, and the free text FSPIOP has instead."""

from typing import Final

NARRATIVE: Final = "NARR"
"""Read the text."""
CUSTOMER_ASKS: Final = "MD06"
"""The end customer asks for the refund: what a refund without a word means."""
_CODES: Final = frozenset(
    # a list of codes reads best as words
    """
    AC01 AC02 AC03 AC04 AC06 AC07 AC13 AC14 AC15 AC16 AC17 AG01 AG02 AG07 AGNT AM01 AM02 AM03 AM04 AM05 AM06 AM07 AM09
    AM10 ARDT BE01 BE04 BE05 BE06 BE07 BE08 BE10 BE11 BE16 BE17 CERI CN01 CNOR CNPC CURR CUST DC04 DNOR DS28 DT01 DT02
    DT04 DUPL ED01 ED03 ED05 EMVL ERIN FF03 FF04 FF05 FF06 FF07 FOCR FR01 FRTR G004 MD01 MD02 MD05 MD06 MD07 MS02 MS03
    NARR NOAS NOCM NOOR PINL RC01 RC03 RC04 RC07 RC08 RC11 RF01 RR01 RR02 RR03 RR04 RR05 RR06 RR07 RR08 RR09 RR11 RR12
    RUTA SL01 SL02 SL03 SL11 SL12 SL13 SL14 SP01 SP02 SVNR TM01 TRAC UPAY
    """.split()  # noqa: SIM905
)


def reason_in(code: str | None, text: str) -> str:
    """The refund's reason as FSPIOP has it: the code, then the text."""
    return f"{code or ''} {text}".strip()


def reason_out(text: str | None) -> tuple[str, str]:
    """Code and remaining text of a refund's reason: the code it begins with, else that there is a text, or none."""
    given = (text or "").strip()
    if not given:
        return CUSTOMER_ASKS, ""
    first, _, rest = given.partition(" ")
    code = first.rstrip(":,.-")
    return (code, rest.strip()) if code in _CODES else (NARRATIVE, given)
