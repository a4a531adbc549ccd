"""Messages of our own making for the tests of the ISO edge."""

from iso.messages.fields import FinancialInstitution
from iso.messages.head001 import Endpoint, Head001

PACS008 = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><GrpHdr><MsgId>MSG-1'
    "</MsgId><CreDtTm>2026-11-20T08:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG"
    "</SttlmMtd><ClrSys><Prtry>LOOP</Prtry></ClrSys></SttlmInf><InstgAgt><FinInstnId><BICFI>BANAKENA</BICFI>"
    "</FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>HUBBKENA</BICFI></FinInstnId></InstdAgt></GrpHdr>"
    "<CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId><TxId>T-1</TxId>"
    "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></PmtId><PmtTpInf><SvcLvl><Cd>SDVA</Cd></SvcLvl>"
    '<LclInstrm><Prtry>P2P</Prtry></LclInstrm></PmtTpInf><IntrBkSttlmAmt Ccy="KES">1000.00</IntrBkSttlmAmt>'
    "<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><AccptncDtTm>2026-11-20T08:00:00.000Z</AccptncDtTm><ChrgBr>SLEV"
    "</ChrgBr><Dbtr><Nm>Otieno &amp; Sons &lt;Ltd&gt;</Nm><PstlAdr><TwnNm>Nairobi</TwnNm><Ctry>KE</Ctry>"
    "</PstlAdr></Dbtr><DbtrAcct><Id><Othr><Id>0011223344</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id>"
    "</DbtrAcct><DbtrAgt><FinInstnId><BICFI>BANAKENA</BICFI></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId>"
    "<BICFI>BANBKENA</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Wanjiru Ngũgĩ</Nm></Cdtr><CdtrAcct><Id>"
    "<IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct><Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>Invoice 4711"
    "</Ustrd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"
).encode()

PACS002 = (
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt><GrpHdr><MsgId>S-1'
    b"</MsgId><CreDtTm>2026-11-20T08:00:01.000Z</CreDtTm></GrpHdr><TxInfAndSts><StsId>S-1</StsId><OrgnlGrpInf>"
    b"<OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf><OrgnlInstrId>I-1"
    b"</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlTxId>T-1</OrgnlTxId>"
    b"<OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f001</OrgnlUETR><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC03"
    b"</Cd></Rsn><AddtlInf>FSPIOP-3204 no such account</AddtlInf><AddtlInf>second line</AddtlInf></StsRsnInf>"
    b"<AccptncDtTm>2026-11-20T08:00:01.000Z</AccptncDtTm><FctvIntrBkSttlmDt><Dt>2026-11-20</Dt>"
    b"</FctvIntrBkSttlmDt><ClrSysRef>77</ClrSysRef></TxInfAndSts></FIToFIPmtStsRpt></Document>"
)


def endpoint(bic: str) -> Endpoint:
    """A Fr or To with a BIC."""
    return Endpoint(institution=FinancialInstitution(bicfi=bic))


def header(message_definition: str = "pacs.008.001.08", message_id: str = "BM-1") -> Head001:
    """A header from bank A to the hub, created on 2026-11-20 at 08:00 UTC."""
    return Head001(
        sender=endpoint("BANAKENA"),
        receiver=endpoint("HUBBKENA"),
        business_message_id=message_id,
        message_definition=message_definition,
        created="2026-11-20T08:00:00.000Z",
    )
