"""The typed bodies of the ISO 20022 variant take what its OpenAPI definition takes, and refuse what that refuses.

The definition is read with four corrections, all said in `fspiop/isojson`: a choice means one of its options (its words
forbid them all), the point of an amount is a point, an envelope holds anything, and pacs messages may have SplmtryData.
"""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fspiop.isojson import payments, statuses, verification
from fspiop.messages.schema import BodySchema
from schemas.canonical.faults import Fault
from tests.oracle import iso_definition
from tests.oracle.drawing import Drawing
from tests.oracle.iso_definition import FILE, definitions

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the definition is not beside this repository")

ROWS = {
    "GetParties_IdentificationVerificationReportV03": verification.PartyReport,
    "GetPartiesError_IdentificationVerificationReportV03": verification.PartyReport,
    "TermsRequest_FIToFICustomerCreditProposal": payments.CreditTransfer,
    "TermsResponse_FIToFICustomerCreditConfirmation": payments.CreditTransfer,
    "Execute_FIToFICustomerCreditTransferV13": payments.CreditTransfer,
    "PacsStatus_FIToFIPaymentStatusReportV15": statuses.StatusReport,
    "PacsError_FIToFIPaymentStatusReportV15": statuses.ErrorReport,
    "FxRequest_FICreditTransferProposal": payments.ConversionQuote,
    "FxResponse_FICreditTransferConfirmation": payments.ConversionQuote,
    "Fxecute_FinancialInstitutionCreditTransferV12": payments.ConversionTransfer,
}
DRAWING = Drawing(definitions(), leave="SplmtryData") if FILE.is_file() else Drawing({})
"""Supplementary data is taken in more forms."""
validator = cache(iso_definition.validator)


@cache
def reader(name: str) -> BodySchema[Any]:
    return BodySchema(ROWS[name])


def taken(name: str, body: dict[str, Any]) -> Fault | None:
    read = reader(name).read(json.dumps(body).encode())
    return read if isinstance(read, Fault) else None


@pytest.mark.parametrize("name", ROWS)
def test_the_same_is_taken_and_the_same_refused(name: str):
    @settings(max_examples=60)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        body = data.draw(DRAWING.bodies(definitions()[name]))
        assert validator(name).is_valid(body)
        assert taken(name, body) is None
        mutant = data.draw(DRAWING.mutants(body))
        fault = taken(name, mutant)
        assert (fault is None) == validator(name).is_valid(mutant), fault
        assert fault is None or fault.fspiop in {"3100", "3101", "3102", "3103"}

    check()
