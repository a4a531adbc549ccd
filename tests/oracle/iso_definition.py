"""The OpenAPI definition of the ISO 20022 variant as a JSON Schema, with what its words get wrong put right.

Corrections: a choice means one of its options (its words forbid them all), the point of an amount is a point, a
date is one of the calendar, an envelope holds anything.
"""

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from tests.conftest import SHARED

FILE = SHARED / "fspiop" / "fspiop-v2.0-ISO20022-openapi3.yaml"
DATE = (
    r"^(?:[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])"
    r"-31)|[1-9][0-9](?:0[48]|[2468][048]|[13579][26])-02-29)$"
)


NAMES = {
    ("parties", "put"): "GetParties_IdentificationVerificationReportV03",
    ("parties", "error"): "GetPartiesError_IdentificationVerificationReportV03",
    ("quotes", "post"): "TermsRequest_FIToFICustomerCreditProposal",
    ("quotes", "put"): "TermsResponse_FIToFICustomerCreditConfirmation",
    ("transfers", "post"): "Execute_FIToFICustomerCreditTransferV13",
    ("fxQuotes", "post"): "FxRequest_FICreditTransferProposal",
    ("fxQuotes", "put"): "FxResponse_FICreditTransferConfirmation",
    ("fxTransfers", "post"): "Fxecute_FinancialInstitutionCreditTransferV12",
}
STATUS, ERROR = "PacsStatus_FIToFIPaymentStatusReportV15", "PacsError_FIToFIPaymentStatusReportV15"


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """What judges bodies by that definition."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": definitions()}}
    return jsonschema_rs.Draft202012Validator(whole)


def wrong(method: str, path: str, body: dict[str, Any]) -> list[str]:
    """What the definition says against a body.

    It forgot SplmtryData in payments, and the expiration in the header of quotes for conversions: both are passed over.
    """
    resource, error = path.split("/")[1], path.endswith("/error")
    kind = "error" if error else method.lower()
    name = NAMES.get((resource, kind)) or (ERROR if error else STATUS)
    plain = {key: value for key, value in body.items() if key != "SplmtryData" or "CdtTrfTxInf" not in body}
    if resource == "fxQuotes" and kind != "error":
        plain["GrpHdr"] = {key: value for key, value in body["GrpHdr"].items() if key != "PmtInstrXpryDtTm"}
    found = validator(name).iter_errors(plain)
    return [f"{method} {path}: {error.instance_path} {error.message[:200]}" for error in found]


@cache
def definitions() -> dict[str, Any]:
    found = yaml.safe_load(Path(FILE).read_text())["components"]["schemas"]
    return {name: corrected(schema) for name, schema in found.items()}


def corrected(schema: dict[str, Any]) -> dict[str, Any]:
    schema = {key: value for key, value in schema.items() if key not in {"example", "description", "title"}}
    if schema == {"type": "object", "additionalProperties": False}:
        return {"type": "object"}  # the envelope
    options = schema.get("anyOf", [])
    if options and all("properties" in option for option in options):
        named = {name: value for option in options for name, value in option["properties"].items() if value}
        schema["properties"] = {**named, **schema.get("properties", {})}
        schema["anyOf"] = [{"required": option["required"]} for option in options if "required" in option]
        if not schema["anyOf"]:
            del schema["anyOf"]
    if "pattern" in schema:
        schema["pattern"] = schema["pattern"].replace("}.\\d", "}[.]\\d")
    if schema.get("format") == "date":
        schema["pattern"] = DATE
    return schema
