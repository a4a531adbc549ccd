"""The words for an FSPIOP error whose message carries its code only: the title of the code's group.

Only codes that the reference implementation knows have one (reference FSPIOP, section 5); any other is unknown.
"""

from typing import Final

UNKNOWN: Final = "Unknown error"
_GROUPS: Final = {
    "Generic Communication Error": "1000 1001",
    "Generic Server Error": "2000 2001 2002 2003 2004 2005 2006",
    "Generic Client Error": "3000 3001 3002 3003 3040",
    "Client Validation Error": "3100 3101 3102 3103 3104 3105 3106 3107",
    "Identifier Error": "3200 3201 3202 3203 3204 3205 3206 3207 3208 3209 3210",
    "Expired Error": "3300 3301 3302 3303",
    "Generic Payer Error": "4000 4001",
    "Payer Rejection Error": "4100 4101 4102 4103",
    "Payer Limit Error": "4200",
    "Payer Permission Error": "4300",
    "Payer Blocked Error": "4400",
    "Generic Payee Error": "5000 5001",
    "Payee Rejection Error": "5100 5101 5102 5103 5104 5105 5106 5107",
    "Payee Limit Error": "5200",
    "Payee Permission Error": "5300",
    "Payee Blocked Error": "5400",
    "Generic Settlement Error": "6000",
    "Thirdparty Error": (
        "7000 7100 7101 7102 7103 7104 7105 7106 7107 7108 7109 7200 7201 7202 7203 7204 7205 7206 7207 7208 7209 "
        "7210 7211 7212 7213 7214 7300"
    ),
}
_TITLES: Final = {code: title for title, codes in _GROUPS.items() for code in codes.split()}


def group_text(code: str) -> str:
    """The title of the code's group."""
    return _TITLES.get(code, UNKNOWN)
