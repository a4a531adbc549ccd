"""What is visibly wrong is answered at once with an admi.002 that says where; nothing of it is kept."""

from datetime import UTC, datetime

import pytest
import requests
from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id, new_keys, other, sign, wrap
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    Bank(hub, "rejbeta", "REJBUGKA").accept_all()
    return Bank(hub, "rejalpha", "REJAKENA")


class Rejection:
    """The parts of an admi.002."""

    def __init__(self, response: requests.Response) -> None:
        assert response.status_code == 400, (response.status_code, response.text)
        assert response.headers["content-type"].startswith("application/xml")
        root = etree.fromstring(response.content)
        assert root.tag == f"{{{XSD}admi.002.001.01}}Document"
        (reject,) = root
        names = ["RltdRef", "Rsn"]
        assert [etree.QName(child).localname for child in reject] == names
        self.reference = reject.findtext("{*}RltdRef/{*}Ref")
        self.code = reject.findtext("{*}Rsn/{*}RjctgPtyRsn")
        self.path = reject.findtext("{*}Rsn/{*}ErrLctn")
        self.text = reject.findtext("{*}Rsn/{*}RsnDesc") or ""
        at = datetime.fromisoformat(reject.findtext("{*}Rsn/{*}RjctnDtTm") or "")
        assert abs((datetime.now(UTC) - at).total_seconds()) < 3600


def message(bank: Bank, document: str = "", **header: str) -> str:
    document = document or bank.pay(bic("REJBUGKA")).text
    definition = document.split(XSD, 1)[1].split('"', 1)[0]
    return wrap(bank.head(header.pop("definition", definition), **header), document)


def test_schema_error_with_line_and_path(bank: Bank):
    document = bank.pay(bic("REJBUGKA"), bearer="WHOM").text.replace("><", ">\n<")
    name = new_id()
    text = message(bank, document, id=name)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "ChrgBr" in row)
    found = Rejection(bank.post(text))

    assert (found.reference, found.path) == (name, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr")
    assert f"line {line}:" in found.text
    assert bank.query(name).status_code == 404


@pytest.mark.parametrize("signed", [False, True])
def test_lines_are_those_of_the_sender_also_in_a_signed_message(bank: Bank, signed: bool):
    document = bank.pay(bic("REJBUGKA"), amount="ten").text.replace("><", ">\r\n  <")
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + message(bank, document).replace("<AppHdr", "\n\n<AppHdr")
    body = sign(text, bank.keys) if signed else text.encode()
    line = next(number for number, row in enumerate(body.split(b"\n"), 1) if b"IntrBkSttlmAmt " in row)
    found = Rejection(bank.post(body))

    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt"
    assert f"line {line}:" in found.text


def test_schema_error_of_the_header(bank: Bank):
    found = Rejection(bank.post(message(bank, more="<Prty>").replace("<Prty>", "<Prtty>HIGH</Prtty>")))

    assert found.path == "/AppHdr/Prtty"


BROKEN = {
    "empty": b"",
    "not XML": b"hello",
    "cut short": b"<A><AppHdr>",
    "JSON": b'{"transferId": 1}',
    "UTF-16": "<A/>".encode("utf-16"),
    "NUL": b"<A>\0</A>",
    "bad UTF-8": b"<A>\xff</A>",
    "DTD": b'<!DOCTYPE a [<!ENTITY x "y">]><A>&x;</A>',
    "other root": b"<Envelope><Body/></Envelope>",
    "encoding": b'<?xml version="1.0" encoding="ISO-8859-1"?><A/>',
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_message(bank: Bank, name: str):
    found = Rejection(bank.post(BROKEN[name]))

    assert found.reference == "NOTPROVIDED"
    assert found.path and "line 1" in found.text


def test_entity_attack(bank: Bank):
    text = '<!DOCTYPE BizMsg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + message(bank)
    found = Rejection(bank.post(text.replace("Wanjiru", "&x;")))

    assert "root:" not in found.text and "document type" in found.text


def test_unreadable_body_still_names_its_reference(bank: Bank):
    """A header that can be read is answered by its id, whatever is wrong with the document."""
    name = new_id()
    found = Rejection(bank.post(message(bank, id=name).replace("<NbOfTxs>1</NbOfTxs>", "<NbOfTxs>one</NbOfTxs>")))

    assert found.reference == name


@pytest.mark.parametrize(
    ("header", "path", "word"),
    [
        ({"definition": "pacs.008.001.09"}, "/AppHdr/MsgDefIdr", "pacs.008.001.09"),
        ({"fr": bic("NOBOKENA")}, "/AppHdr/Fr", "NOBOKENA"),
        ({"fr": bic("REJAKENA") + other("rejbeta")}, "/AppHdr/Fr", "REJAKENA"),
        ({"created": moment(days=2)}, "/AppHdr/CreDt", "stale"),
        ({"created": moment(minutes=-30)}, "/AppHdr/CreDt", "future"),
        ({"to": bic("NOBOKENA")}, "/AppHdr/To", "NOBOKENA"),
        ({"to": bic("REJAKENA") + other("Hub")}, "/AppHdr/To", "REJAKENA"),
    ],
)
def test_header_that_cannot_be(bank: Bank, header: dict[str, str], path: str, word: str):
    name = new_id()
    found = Rejection(bank.post(message(bank, id=name, **header)))

    assert (found.reference, found.path) == (name, path)
    assert word in found.text


def test_sender_that_is_no_bank(bank: Bank, hub: Hub):
    hub.add("rejwallet", "USD")
    found = Rejection(bank.post(message(bank, fr=other("rejwallet"))))

    assert found.path == "/AppHdr/Fr"


@pytest.mark.parametrize("mark", ["DUPL", "CODU"])
def test_duplicates_are_no_copies(bank: Bank, mark: str):
    assert bank.post(message(bank, more=f"<CpyDplct>{mark}</CpyDplct>")).status_code == 202


@pytest.mark.parametrize("definition", ["camt.057.001.08", "acmt.010.001.04", "pacs.008.001.99", "abcd.001.001.01"])
def test_unsupported_message(bank: Bank, definition: str):
    document = f'<Document xmlns="{XSD}{definition}"><Any/></Document>'
    name = new_id()
    found = Rejection(bank.post(message(bank, document, id=name)))

    assert (found.reference, found.code) == (name, "AG03")
    assert definition in found.text


def test_document_without_header(bank: Bank):
    found = Rejection(bank.post(bank.pay(bic("REJBUGKA")).text))

    assert "AppHdr" in found.text


def test_header_without_document(bank: Bank):
    Rejection(bank.post(f"<BizMsg>{bank.head('pacs.008.001.08')}</BizMsg>"))


def test_changed_after_signing(bank: Bank):
    name = new_id()
    body = sign(message(bank, id=name), bank.keys)
    found = Rejection(bank.post(body.replace(b">10.00<", b">10000.00<")))

    assert (found.reference, found.code) == (name, "DS0H")


def test_signed_by_another_key(bank: Bank):
    found = Rejection(bank.post(sign(message(bank), new_keys("stranger"))))

    assert found.code == "DS0H"


def test_signature_of_another_message(bank: Bank):
    first, second = (sign(message(bank), bank.keys).decode() for _ in range(2))
    start, _, rest = second.partition("<Sgntr") if "<Sgntr" in second else second.partition("<ns0:Sgntr")
    own = first[first.index("<Sgntr") : first.index("</Sgntr>") + 8]
    moved = start + own + rest[rest.index("</Sgntr>") + 8 :]
    found = Rejection(bank.post(moved))

    assert found.code == "DS0H"


def test_signature_outside_its_place(bank: Bank):
    text = sign(message(bank), bank.keys).decode()
    begin, end = text.index("<Sgntr"), text.index("</Sgntr>") + 8
    signature = text[begin:end]
    moved = text[:begin] + text[end:].replace(
        "</CdtTrfTxInf>", f"<SplmtryData><Envlp>{signature}</Envlp></SplmtryData></CdtTrfTxInf>"
    )
    response = bank.post(moved)

    assert response.status_code in (202, 400)
    wrapped = f"<Outer>{text}</Outer>"
    Rejection(bank.post(wrapped))


def test_too_large(bank: Bank):
    found = Rejection(bank.post(message(bank).replace("</BizMsg>", " " * 5_300_000 + "</BizMsg>")))

    assert "5242880" in found.text


def test_other_paths_and_methods(hub: Hub):
    base = f"{hub.iso}/iso20022/messages"
    for path, allowed in ((base, "GET, POST"), (f"{base}/x", "GET, DELETE")):
        found = requests.put(path, timeout=5)
        assert (found.status_code, found.headers["allow"]) == (405, allowed)
    assert requests.get(base, timeout=5).status_code == 400
    assert requests.delete(f"{base}/x", timeout=5).status_code == 400
    assert requests.post(f"{hub.iso}/else", timeout=5).status_code == 404
    assert requests.get(f"{hub.iso}/health", timeout=5).json()["status"] == "OK"
