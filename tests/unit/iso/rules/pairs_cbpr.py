"""Pairs for pack `cbpr`."""

# ruff: noqa: E501 - a change to a message reads best in one line

from tests.unit.iso.rules.pair import Pair, before, both, broken, gone
from tests.unit.iso.rules.templates import C29, C56, HEAD, P1, P2, P4, P8C, P9C, RECALLED, agent

UETR = "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>"
ORIGINAL_UETR = "<OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f001</OrgnlUETR>"
INSTG, INSTD = agent("InstgAgt", "BANKDEFFXXX"), agent("InstdAgt", "BANKFRPPXXX")
METHOD = "<SttlmMtd>INDA</SttlmMtd>"
ORDERED = '<InstdAmt Ccy="EUR">1250.50</InstdAmt>'
CHARGE = f'<ChrgsInf><Amt Ccy="EUR">1.00</Amt>{agent("Agt", "BANKDEFFXXX")}</ChrgsInf>'
ADDRESS = "<StrtNm>Main Street</StrtNm><PstCd>10115</PstCd><TwnNm>Berlin</TwnNm><Ctry>DE</Ctry>"
AT_CREDITOR = "<CdtrAgt><FinInstnId><BICFI>BANKFRPPXXX</BICFI>"
USTRD = "<Ustrd>Invoice 4711</Ustrd>"
STRD = "<Strd><AddtlRmtInf>Invoice 4711</AddtlRmtInf></Strd>"
STATUS = P2[P2.index("<TxInfAndSts>") : P2.index("</TxInfAndSts>") + 14]
COVER = P9C[P9C.index("<UndrlygCstmrCdtTrf>") : P9C.index("</UndrlygCstmrCdtTrf>") + 21]
GROUP_STATUS = (
    "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
)
LEVEL = "<SvcLvl><Cd>G001</Cd></SvcLvl>"
EARLY = ("2026-11-20T08:00:00+00:00</CreDtTm>", "2026-11-13T08:00:00+00:00</CreDtTm>")
LINES = (ADDRESS, "<AdrLine>Main Street 1, Berlin</AdrLine>")
REASON = "<StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>"
CHAIN = P4[P4.index("<RtrChain>") : P4.index("</RtrChain>") + 11]
RETURN_REASON = "<RtrRsnInf><Rsn><Cd>FOCR</Cd></Rsn></RtrRsnInf>"
SECOND = P8C[P8C.index("<CdtTrfTxInf>") : P8C.index("</CdtTrfTxInf>") + 14]
DETAILS = "".join(f"<Strd><AddtlRmtInf>{'x' * 140}</AddtlRmtInf></Strd>" for _ in range(65))

OLD_INITIATION = (
    ("<ReqdExctnDt><Dt>2026-11-23</Dt></ReqdExctnDt>", "<ReqdExctnDt>2026-11-23</ReqdExctnDt>"),
    ("BICFI>", "BIC>"), ("BICFI>", "BIC>"), ("BICFI>", "BIC>"), ("BICFI>", "BIC>"),
)  # fmt: skip

HEADERS: dict[str, Pair] = {
    "CBPR-0001": broken(HEAD, ("head.001.001.02", "head.001.001.01"), ("08:00:00+00:00</CreDt>", "08:00:00Z</CreDt>")),
    "CBPR-0011": broken(HEAD, ("head.001.001.02", "head.001.001.03")),
    "CBPR-0002": broken(HEAD, ("<BICFI>BANKDEFFXXX</BICFI>", "<LEI>529900T8BM49AURSDO55</LEI>")),
    "CBPR-0003": broken(HEAD, ("<BICFI>BANKFRPPXXX</BICFI>", "<LEI>529900T8BM49AURSDO55</LEI>")),
    "CBPR-0004": broken(HEAD, ("<BICFI>BANKFRPPXXX</BICFI>", "<BICFI>BANKFRPPXXX</BICFI><Nm>Bank</Nm>")),
    "CBPR-0005": broken(HEAD, gone("<BizSvc>swift.cbprplus.02</BizSvc>")),
    "CBPR-0006": both(HEAD, ("swift.cbprplus.02", "swift.cbprplus.cov.03"), ("swift.cbprplus.02", "cbprplus")),
    "CBPR-0007": both(HEAD, ("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.12"), ("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.02")),
    "CBPR-0008": broken(HEAD, before("<Fr>", "<CharSet>x</CharSet>")),
    "CBPR-0009": both(HEAD, ("</CreDt>", "</CreDt><Prty>HIGH</Prty>"), ("</CreDt>", "</CreDt><Prty>SOON</Prty>")),
    "CBPR-0010": both(
        HEAD, ("</CreDt>", "</CreDt><Rltd>" + HEAD[HEAD.index("<Fr>") : HEAD.index("</AppHdr>")] + "</Rltd>"),
        ("</CreDt>", "</CreDt>" + 2 * ("<Rltd>" + HEAD[HEAD.index("<Fr>") : HEAD.index("</AppHdr>")] + "</Rltd>")),
    ),
}  # fmt: skip
GROUPS: dict[str, Pair] = {
    "CBPR-0100": broken(P2, ("pacs.002.001.10", "pacs.002.001.12")),
    "CBPR-0101": broken(P1, ("pain.001.001.09", "pain.001.001.03"), *OLD_INITIATION),
    "CBPR-0102": broken(P8C, before("</FIToFICstmrCdtTrf>", SECOND)),
    "CBPR-0103": broken(P8C, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "CBPR-0104": broken(P8C, before("<SttlmInf>", "<CtrlSum>1250.50</CtrlSum>")),
    "CBPR-0105": broken(P8C, before("<NbOfTxs>", "<BtchBookg>false</BtchBookg>")),
    "CBPR-0106": broken(P8C, before("<SttlmInf>", '<TtlIntrBkSttlmAmt Ccy="EUR">1250.50</TtlIntrBkSttlmAmt>')),
    "CBPR-0107": broken(P8C, ("</SttlmInf>", "</SttlmInf>" + INSTG)),
    "CBPR-0108": broken(P8C, ("08:00:00+00:00</CreDtTm>", "08:00:00</CreDtTm>")),
    "CBPR-0109": broken(P8C, ("08:00:00+00:00</CreDtTm>", "08:00:00Z</CreDtTm>")),
    "CBPR-0110": both(
        P8C, (METHOD, "<SttlmMtd>COVE</SttlmMtd>" + agent("InstgRmbrsmntAgt", "BANKGB2LXXX")), (METHOD, "<SttlmMtd>CLRG</SttlmMtd>"),
    ),
    "CBPR-0111": broken(P9C, (METHOD, "<SttlmMtd>CLRG</SttlmMtd>")),
    "CBPR-0112": broken(P8C, (METHOD, METHOD + "<ClrSys><Cd>TGT</Cd></ClrSys>")),
    "CBPR-0113": broken(P8C, before("</CdtTrfTxInf>", '<SplmtryData><Envlp><x xmlns="urn:x"/></Envlp></SplmtryData>')),
    "CBPR-0114": broken(P9C, gone(COVER)),
    "CBPR-0115": broken(P8C, ("<InstrId>I-1", "<InstrId>/I-1")),
    "CBPR-0116": broken(P8C, ("<EndToEndId>E-1", "<EndToEndId>E_1")),
    "CBPR-0117": both(P8C, ("Otieno and", "Otieno &amp;"), ("Otieno", "Öteno")),
}  # fmt: skip
TRANSACTIONS: dict[str, Pair] = {
    "CBPR-0120": broken(P8C, gone(UETR)),
    "CBPR-0121": broken(P8C, gone("<InstrId>I-1</InstrId>")),
    "CBPR-0122": both(P8C, ("<InstrId>I-1", "<InstrId>" + 16 * "I"), ("<InstrId>I-1", "<InstrId>" + 17 * "I")),
    "CBPR-0123": broken(P8C, gone("<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "CBPR-0124": broken(P8C, gone(INSTG)),
    "CBPR-0125": broken(P8C, gone(INSTD)),
    "CBPR-0126": broken(P8C, (INSTD, INSTD.replace("<BICFI>BANKFRPPXXX</BICFI>", "<LEI>529900T8BM49AURSDO55</LEI>"))),
    "CBPR-0127": broken(P8C, ("<ChrgBr>SHAR", "<ChrgBr>SLEV")),
    "CBPR-0128": both(P8C, ("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>CRED</ChrgBr>" + CHARGE), ("<ChrgBr>SHAR", "<ChrgBr>CRED")),
    "CBPR-0129": both(P8C, ("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>DEBT</ChrgBr>" + CHARGE), ("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>DEBT</ChrgBr>" + 2 * CHARGE)),
    "CBPR-0130": Pair(P8C, (gone(ORDERED), ("</ChrgBr>", "</ChrgBr>" + CHARGE)), (("</ChrgBr>", "</ChrgBr>" + CHARGE),)),
    "CBPR-0131": both(
        P8C, (ORDERED, '<InstdAmt Ccy="USD">1350.50</InstdAmt><XchgRate>0.93</XchgRate>'), (ORDERED, '<InstdAmt Ccy="USD">1350.50</InstdAmt>'),
    ),
    "CBPR-0132": broken(P8C, ('<IntrBkSttlmAmt Ccy="EUR"', '<IntrBkSttlmAmt Ccy="XAU"')),
    "CBPR-0133": both(P8C, ("1250.50</IntrBkSttlmAmt>", "999999999999.99</IntrBkSttlmAmt>"), ("1250.50</IntrBkSttlmAmt>", "9999999999999.99</IntrBkSttlmAmt>")),
    "CBPR-0134": broken(P8C, ("1250.50</IntrBkSttlmAmt>", "0</IntrBkSttlmAmt>")),
    "CBPR-0140": both(
        P8C, (AT_CREDITOR, "<CdtrAgt><FinInstnId><ClrSysMmbId><MmbId>1</MmbId></ClrSysMmbId>"), (AT_CREDITOR, "<CdtrAgt><FinInstnId><LEI>529900T8BM49AURSDO55</LEI>"),
    ),
    "CBPR-0141": broken(P8C, (AT_CREDITOR, AT_CREDITOR + "<Othr><Id>1</Id></Othr>")),
    "CBPR-0142": both(
        P8C, (AT_CREDITOR, AT_CREDITOR + "<Nm>Bank</Nm><PstlAdr><TwnNm>Paris</TwnNm><Ctry>FR</Ctry></PstlAdr>"), (AT_CREDITOR, AT_CREDITOR + "<Nm>Bank</Nm>"),
    ),
    "CBPR-0143": broken(P8C, gone("<Nm>Wanjiru Ngugi</Nm>")),
    "CBPR-0144": broken(P8C, gone("<TwnNm>Berlin</TwnNm>")),
    "CBPR-0145": both(
        P8C, (ADDRESS, f"<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>{'a' * 70}</AdrLine>"),
        (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>a</AdrLine><AdrLine>b</AdrLine><AdrLine>c</AdrLine>"),
    ),
    "CBPR-0146": Pair(P8C, (LINES,), (EARLY, LINES)),
    "CBPR-0147": broken(P8C, ("<PstlAdr>", "<PstlAdr><AdrTp><Cd>ADDR</Cd></AdrTp>")),
    "CBPR-0150": broken(P8C, ("<Cd>G001", "<Cd>G444")),
    "CBPR-0151": both(P8C, (LEVEL, 3 * LEVEL), (LEVEL, 4 * LEVEL)),
    "CBPR-0152": both(P8C, (USTRD, STRD), (USTRD, USTRD + STRD)),
    "CBPR-0153": broken(P8C, (USTRD, 2 * USTRD)),
    "CBPR-0154": both(P8C, (USTRD, STRD), (USTRD, DETAILS)),
    "CBPR-0155": broken(P8C, ("<RmtInf>", "<RltdRmtInf><RmtId>1</RmtId></RltdRmtInf><RmtInf>")),
    "CBPR-0156": both(
        P8C, ("<RmtInf>", "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt><RmtInf>"), ("<RmtInf>", 3 * "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt>" + "<RmtInf>"),
    ),
    "CBPR-0157": both(
        P8C, (METHOD, "<SttlmMtd>COVE</SttlmMtd>" + agent("InstgRmbrsmntAgt", "BANKGB2LXXX")),
        (METHOD, "<SttlmMtd>COVE</SttlmMtd><InstgRmbrsmntAgt><FinInstnId><Nm>Bank</Nm></FinInstnId></InstgRmbrsmntAgt>"),
    ),
}  # fmt: skip
ANSWERS: dict[str, Pair] = {
    "CBPR-0201": broken(P2, (STATUS, 2 * STATUS)),
    "CBPR-0202": broken(P2, before("<TxInfAndSts>", GROUP_STATUS)),
    "CBPR-0203": broken(P2, gone("<OrgnlGrpInf><OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>")),
    "CBPR-0204": broken(P2, gone(ORIGINAL_UETR)),
    "CBPR-0205": broken(P2, gone(agent("InstgAgt", "BANKFRPPXXX"))),
    "CBPR-0206": broken(P2, gone(agent("InstdAgt", "BANKDEFFXXX"))),
    "CBPR-0207": both(P2, ("<TxSts>RJCT</TxSts>" + REASON, "<TxSts>ACSC</TxSts>"), gone(REASON)),
    "CBPR-0208": broken(P2, (REASON, 2 * REASON)),
    "CBPR-0210": broken(P4, gone(ORIGINAL_UETR)),
    "CBPR-0211": broken(P4, gone(CHAIN)),
    "CBPR-0214": broken(P4, (RETURN_REASON, 2 * RETURN_REASON)),
    "CBPR-0215": broken(P4, gone(RETURN_REASON)),
    "CBPR-0216": broken(P4, gone("<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "CBPR-0220": broken(C56, (RECALLED, 2 * RECALLED)),
    "CBPR-0221": broken(C56, before("<Undrlyg>", "<CtrlData><NbOfTxs>1</NbOfTxs></CtrlData>")),
    "CBPR-0222": broken(C56, gone(ORIGINAL_UETR)),
    "CBPR-0223": broken(C56, (C56[C56.index("<Case>") : C56.index("</Case>") + 7], "")),
    "CBPR-0224": broken(C56, gone("<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf>")),
    "CBPR-0225": broken(C56, ("<BICFI>BANKDEFFXXX</BICFI>", "<LEI>529900T8BM49AURSDO55</LEI>")),
    "CBPR-0226": broken(C29, gone(ORIGINAL_UETR)),
    "CBPR-0227": broken(C29, ("<Conf>RJCR", "<Conf>INFO")),
}  # fmt: skip
CBPR = HEADERS | GROUPS | TRANSACTIONS | ANSWERS
