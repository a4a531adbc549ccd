"""How the shared pieces of `fields.py` are laid out in each edition of the message schemas.

An edition is the year of the schema family (`editions.py`); it decides which elements a piece has (message definition
reports).
"""

import re

from iso.messages.editions import EDITIONS as EDITIONS  # noqa: PLC0414 - messages take both from here
from iso.messages.fields import (
    ORGANISATION,
    PRIVATE,
    Account,
    Address,
    Branch,
    Charge,
    Code,
    FinancialInstitution,
    OtherId,
    Party,
    PaymentType,
    Reason,
    ReferredDocument,
    RemittanceInfo,
    StructuredRemittance,
)
from iso.messages.shape import Shape, Step, amount, inside, part, parts, text, texts, token

CODE = Shape(Code, (text("Cd", "code"), text("Prtry", "proprietary", unless="code")), filled=True)


def _narrow(tag: str, field: str, since: int = 0) -> tuple[Step, Step]:
    """An address line that editions before 2023 hold in half the length."""
    short = 70 if tag == "StrtNm" else 35
    return text(tag, field, since=since, until=2022, limit=short, cut=True), text(tag, field, since=2023)


ADDRESS = Shape(
    Address,
    (
        text("AdrTp", "kind", until=2018),
        inside("AdrTp", text("Cd", "kind"), since=2019),
        text("CareOf", "care_of", since=2023),
        text("Dept", "department"),
        text("SubDept", "sub_department"),
        *_narrow("StrtNm", "street"),
        text("BldgNb", "building_number"),
        *_narrow("BldgNm", "building_name", 2019),
        text("Flr", "floor", since=2019),
        text("UnitNb", "unit", since=2023),
        text("PstBx", "post_box", since=2019),
        text("Room", "room", since=2019),
        text("PstCd", "post_code"),
        *_narrow("TwnNm", "town"),
        *_narrow("TwnLctnNm", "town_location", 2019),
        *_narrow("DstrctNm", "district", 2019),
        text("CtrySubDvsn", "subdivision"),
        text("Ctry", "country"),
        texts("AdrLine", "lines", most=7),
    ),
)

BRANCH = Shape(
    Branch, (text("Id", "id"), text("LEI", "lei", since=2019), text("Nm", "name"), part("PstlAdr", "address", ADDRESS))
)

# the BIC of editions before 2019 (BICIdentifier); later ones allow digits at its start
_LETTERS_FIRST = re.compile("[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?")

INSTITUTION = Shape(
    FinancialInstitution,
    (
        inside(
            "FinInstnId",
            text("BIC", "bicfi", until=2009, fits=_LETTERS_FIRST.fullmatch),
            text("BICFI", "bicfi", since=2010, until=2018, fits=_LETTERS_FIRST.fullmatch),
            text("BICFI", "bicfi", since=2019),
            inside("ClrSysMmbId", part("ClrSysId", "clearing_system", CODE), text("MmbId", "member_id", required=True)),
            text("LEI", "lei", since=2019),
            text("Nm", "name"),
            part("PstlAdr", "address", ADDRESS),
            inside(
                "Othr",
                text("Id", "other_id", required=True),
                part("SchmeNm", "other_scheme", CODE),
                text("Issr", "other_issuer"),
            ),
            always=True,
        ),
        part("BrnchId", "branch", BRANCH),
    ),
)


def account_id(**identifier: object) -> Step:
    """Id of an account; `inner` are options of the number that is no IBAN."""
    options = dict(identifier)
    return inside(
        "Id",
        text("IBAN", "iban"),
        inside(
            "Othr",
            text("Id", "other_id", required=True, **options.pop("inner", {})),  # type: ignore[arg-type]
            part("SchmeNm", "scheme", CODE),
            text("Issr", "issuer"),
            unless="iban",
        ),
        **options,
    )


def _proxy_as_number(account: Account) -> str | None:
    return None if account.iban is not None else account.proxy_id


# CashAccountType4Code, which later editions opened
_ACCOUNT_TYPES = "CASH CHAR COMM TAXE CISH TRAS SACC CACC SVGS ONDP MGLD NREX MOMA LOAN SLRY ODFT"
ACCOUNT_TYPE = Shape(
    Code,
    (
        text("Cd", "code", fits=frozenset(_ACCOUNT_TYPES.split()).__contains__),
        text("Prtry", "proprietary", unless="code"),
    ),
    filled=True,
)

ACCOUNT = Shape(
    Account,
    (
        # editions before 2021 demand an Id: an account known by its proxy alone is then numbered by the proxy itself
        account_id(until=2020, required=True, inner={"fallback": _proxy_as_number, "limit": 34, "cut": True}),
        account_id(since=2021),
        part("Tp", "type", ACCOUNT_TYPE, until=2009),
        part("Tp", "type", CODE, since=2010),
        text("Ccy", "currency"),
        text("Nm", "name"),
        inside("Prxy", part("Tp", "proxy_type", CODE), text("Id", "proxy_id", required=True), since=2019),
    ),
)

OTHER_ID = Shape(
    OtherId,
    (
        text("Id", "id", until=2022, limit=35, required=True),
        text("Id", "id", since=2023, required=True),
        part("SchmeNm", "scheme", CODE),
        text("Issr", "issuer"),
    ),
)

PARTY = Shape(
    Party,
    (
        text("Nm", "name"),
        part("PstlAdr", "address", ADDRESS),
        inside(
            "Id",
            inside(
                "OrgId",
                text("BICOrBEI", "any_bic", until=2009, fits=_LETTERS_FIRST.fullmatch),
                text("AnyBIC", "any_bic", since=2010, until=2018, fits=_LETTERS_FIRST.fullmatch),
                text("AnyBIC", "any_bic", since=2019),
                text("LEI", "lei", since=2019),
                parts("Othr", "ids", OTHER_ID),
                when=("kind", ORGANISATION),
                always=True,
            ),
            inside(
                "PrvtId",
                inside(
                    "DtAndPlcOfBirth",
                    token("BirthDt", "birth_date", required=True),
                    text("PrvcOfBirth", "birth_province"),
                    text("CityOfBirth", "birth_city", required=True),
                    text("CtryOfBirth", "birth_country", required=True),
                ),
                parts("Othr", "ids", OTHER_ID),
                when=("kind", PRIVATE),
            ),
        ),
        text("CtryOfRes", "residence"),
        inside(
            "CtctDtls",
            text("Nm", "contact_name"),
            text("PhneNb", "phone"),
            text("MobNb", "mobile"),
            text("EmailAdr", "email", until=2022),
            text("EmailAdr", "email", since=2023, limit=256),
        ),
    ),
)

REASON = Shape(
    Reason,
    (
        part("Orgtr", "originator", PARTY),
        inside("Rsn", text("Cd", "code"), text("Prtry", "proprietary", unless="code")),
        texts("AddtlInf", "info", limit=105),
    ),
)

PAYMENT_TYPE = Shape(
    PaymentType,
    (
        text("InstrPrty", "priority"),
        text("ClrChanl", "clearing_channel"),
        parts("SvcLvl", "service_levels", CODE, until=2018, most=1),
        parts("SvcLvl", "service_levels", CODE, since=2019),
        part("LclInstrm", "local_instrument", CODE),
        part("CtgyPurp", "category_purpose", CODE),
    ),
)

CHARGE = Shape(
    Charge,
    (
        amount("Amt", "amount"),
        part("Pty", "agent", INSTITUTION, until=2009),
        part("Agt", "agent", INSTITUTION, since=2010),
        inside(
            "Tp",
            text("Cd", "type_code"),
            inside(
                "Prtry", text("Id", "type_proprietary", required=True), text("Issr", "type_issuer"), unless="type_code"
            ),
            since=2022,
        ),
    ),
)

# code lists that later editions opened (DocumentType5Code, DocumentType6Code, DocumentType3Code)
_LISTED_2009 = "MSIN CNFA DNFA CINV CREN DEBN HIRI SBIN CMCN SOAC DISP BOLD VCHR AROI TSUT"
_DOCUMENTS_2009 = frozenset(_LISTED_2009.split())
_DOCUMENTS_2019 = _DOCUMENTS_2009 | {"PUOR"}
_REFERENCES = frozenset(["RADM", "RPIN", "FXDR", "DISP", "PUOR", "SCOR"])


def _listed(field: str, proprietary: str, issuer: str, codes: frozenset[str] | None, **options: int) -> Step:
    return inside(
        "Tp",
        inside(
            "CdOrPrtry",
            text("Cd", field, fits=codes.__contains__ if codes else None),
            text("Prtry", proprietary, unless=field),
            required=True,
        ),
        text("Issr", issuer),
        **options,
    )


_DOCUMENT = ("type_code", "type_proprietary", "type_issuer")
_REFERENCE = ("reference_type", "reference_type_proprietary", "reference_issuer")

DOCUMENT = Shape(
    ReferredDocument,
    (
        _listed(*_DOCUMENT, _DOCUMENTS_2009, until=2018),
        _listed(*_DOCUMENT, _DOCUMENTS_2019, since=2019, until=2022),
        _listed(*_DOCUMENT, None, since=2023),
        text("Nb", "number"),
        token("RltdDt", "date", until=2022),
        inside("RltdDt", part("Tp", "date_type", CODE, required=True), token("Dt", "date"), since=2023),
    ),
)

REMITTANCE = Shape(
    RemittanceInfo,
    (
        texts("Ustrd", "unstructured", limit=140),
        parts(
            "Strd",
            "structured",
            Shape(
                StructuredRemittance,
                (
                    parts("RfrdDocInf", "documents", DOCUMENT),
                    inside(
                        "CdtrRefInf",
                        _listed(*_REFERENCE, _REFERENCES, until=2022),
                        _listed(*_REFERENCE, None, since=2023),
                        text("Ref", "reference"),
                    ),
                    texts("AddtlRmtInf", "additional", most=3, limit=140),
                ),
            ),
        ),
    ),
)
