"""Names: of packs, and of elements that only some messages have, so that no rule looks for them in others."""

from typing import Final

PACK_NAMES: Final = ("base", "cbpr", "instant", "fednow", "scheme")
"""The packs there are, for who only names them."""

_RETURNS: Final = ("pacs.004", "pacs.007")
_ABOUT_OTHERS: Final = ("pacs.002", "pacs.004", "pacs.007", "pacs.028", "camt.", "pain.")

ONLY_IN: Final[dict[str, tuple[str, ...]]] = {
    "AppHdr": ("head.",),
    "BIC": ("pacs.008.001.02", "pain.", "camt.", "head.001.001.01"),
    "BICOrBEI": ("pacs.008.001.02", "pain.", "camt."),
    "CdtTrfTx": ("pain.013",),
    "CdtTrfTxInf": ("pacs.008", "pacs.009", "pain.001"),
    "CompstnAmt": _RETURNS,
    "CreDt": ("head.",),
    "CxlRsnInf": ("camt.", "pain."),
    "CxlStsRsnInf": ("camt.",),
    "DrctDbtTxInf": ("pacs.003", "pacs.010", "pain.008"),
    "OrgnlGrpInf": _ABOUT_OTHERS,
    "OrgnlGrpInfAndCxl": ("camt.", "pain."),
    "OrgnlGrpInfAndSts": ("pacs.002", "camt.", "pain."),
    "OrgnlIntrBkSttlmAmt": (*_RETURNS, "camt."),
    "OrgnlUETR": _ABOUT_OTHERS,
    "PmtInf": ("pain.",),
    "PmtInfId": ("pain.", "camt."),
    "RtrRsnInf": ("pacs.004", "camt."),
    "RtrdInstdAmt": _RETURNS,
    "RtrdIntrBkSttlmAmt": _RETURNS,
    "RvslRsnInf": ("pacs.007", "pain.007"),
    "RvsdInstdAmt": ("pacs.007", "pain.007"),
    "RvsdIntrBkSttlmAmt": ("pacs.007",),
    "StsRsnInf": ("pacs.002", "pain.", "camt."),
    "TrfdAmt": ("camt.050",),
    "TtlRtrdIntrBkSttlmAmt": _RETURNS,
    "TtlRvsdIntrBkSttlmAmt": ("pacs.007",),
    "TxInf": ("pacs.004", "pacs.007", "pacs.028", "camt."),
    "TxInfAndSts": ("pacs.002", "pain.", "camt."),
}
"""Name -> beginnings of the messages it occurs in; a name that is not here may be anywhere."""
