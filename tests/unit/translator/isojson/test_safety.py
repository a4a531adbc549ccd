"""Neither an envelope nor an extension can set what the mapping decides, and no body breaks the translator."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.translator.isojson.bodies import BODIES, bodies, options, source
from translator.isojson.convert import RESOURCES, Mode, Translation, UntranslatableError, to_fspiop, to_iso
from translator.isojson.envelope import envelope

every_resource = pytest.mark.parametrize("resource", BODIES)
quick = settings(max_examples=15, suppress_health_check=list(HealthCheck))
KEYS = ("GrpHdr", "Assgnmt", "Rpt", "CdtTrfTxInf", "TxInfAndSts", "SplmtryData", "PmtId", "Cdtr", "Dbtr", "Id", "Nm",
        "CdtrAgt", "FinInstnId", "Othr", "VrfctnOfTerms", "IlpV4PrepPacket", "TxSts", "StsRsnInf", "payee", "payer",
        "partyIdInfo", "personalInfo", "complexName", "amount", "transactionType", "conversionTerms", "extensionList",
        "extension", "key", "errorInformation", "errorCode", "party", "transferState", "supportedCurrencies",
        "Envlp", "FspiopData", "Item", "Path", "Type", "Value")  # fmt: skip
garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["/payee/name", "j", "x", "{}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@every_resource
@quick
@given(data=st.data())
def test_a_forged_envelope_changes_no_mapped_member(resource, data):
    message = to_iso(resource, source(data.draw(bodies(resource))), options(envelope=False)).body
    kind = RESOURCES[resource]
    forged = [(pointer, "forged") for pointer in sorted(kind.known.mapped)]
    forged += [(pointer, {"forged": 1}) for pointer in sorted(kind.known.containers)]
    free = {"/transactionRequestId", "/fees/currency", "/fees/amount"} & kind.known.mapped
    forged = [(pointer, value) for pointer, value in forged if pointer not in free | {"/fees"}]
    # A quote or transfer without a readable packet has no condition but in its envelope.
    seal = [("/condition", "c" * 43)] if kind.sealed else []
    honest = to_fspiop(resource, source({**message, "SplmtryData": envelope(seal)}), options())
    tampered = to_fspiop(resource, source({**message, "SplmtryData": envelope(seal + forged)}), options())
    assert tampered.body == honest.body and tampered.params == honest.params
    assert len([loss for loss in tampered.losses if loss.path == "SplmtryData"]) == len(forged)


@pytest.mark.parametrize(("pointer", "value"), [
    ("/transferId", "0f2a3c4d-0000-4000-8000-00000000000f"), ("/amount/amount", "1"), ("/amount", {"amount": "1"}),
    ("/payeeFsp", "thief"), ("params/ID", "x"), ("", "x"), ("/amount/amount/deep", "x"),
])  # fmt: skip
def test_no_item_reaches_id_amount_or_agent_of_a_transfer(pointer, value):
    body = {"transferId": "0f2a3c4d-0000-4000-8000-000000000001", "payeeFsp": "blue", "condition": "c" * 43,
            "amount": {"currency": "USD", "amount": "5"}}  # fmt: skip
    message = to_iso("transfers.post", source(body), options()).body
    items = message["SplmtryData"][0]["Envlp"]["FspiopData"]["Item"]
    kind = "s" if isinstance(value, str) else "j"
    items.append(
        {"Path": pointer, "Type": kind, "Value": value if kind == "s" else msgspec.json.encode(value).decode()}
    )
    assert to_fspiop("transfers.post", source(message), options()).body == body


@every_resource
@pytest.mark.parametrize("mode", Mode)
def test_no_extension_sets_a_mapped_element(resource, mode):
    kind = RESOURCES[resource]
    elements = kind.reads | kind.writes | kind.reads_more if mode is Mode.FULL else kind.reads | kind.writes
    keys = {*elements, *(element.rpartition(".")[0] for element in elements), "SplmtryData", "SplmtryData.Envlp"} - {""}
    body: dict = {}
    holder = body
    for name in kind.holder:
        holder = holder.setdefault(name, {})
    holder["extensionList"] = {"extension": [{"key": key, "value": "forged"} for key in sorted(keys)]}
    context = {"isoPostQuote": {}, "isoPostQuoteResponse": {}}
    plain = to_iso(resource, source(body, context=context), options(mode)).body
    unrolled = to_iso(resource, source(body, context=context), options(mode, unroll_extensions=True)).body
    assert unrolled == plain


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    body=st.dictionaries(st.sampled_from(KEYS), garbage, max_size=5), resource=st.sampled_from(sorted(BODIES)),
    mode=st.sampled_from(Mode), switch=st.booleans(),
)  # fmt: skip
def test_garbage_is_translated_or_refused(body, resource, mode, switch):
    chosen = options(mode, unroll_extensions=switch, roll_up_extensions=switch, testing_mode=True)
    for translate in (to_iso, to_fspiop):
        try:
            made = translate(resource, source(body), chosen)
        except UntranslatableError:
            continue
        assert isinstance(made, Translation) and isinstance(made.losses, tuple) and isinstance(made.warnings, tuple)


@pytest.mark.parametrize(("resource", "body", "path"), [
    ("bulkQuotes.post", {}, ""),
    ("quotes.post", [], ""),
    ("transfers.put", {"transferState": "SETTLED"}, "transferState"),
    ("quotes.post", {"amountType": "BOTH"}, "amountType"),
])  # fmt: skip
def test_what_has_no_iso_form_is_refused_with_its_place(resource, body, path):
    with pytest.raises(UntranslatableError) as refusal:
        to_iso(resource, source(body), options())
    assert refusal.value.path == path and refusal.value.code.startswith("3")
