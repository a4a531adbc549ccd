"""Pairs for pack `base`."""

# ruff: noqa: E501 - a change to a message reads best in one line

from tests.unit.iso.rules.pair import Pair, before, both, broken, gone
from tests.unit.iso.rules.templates import (
    C29,
    C53,
    C56,
    CREDITOR,
    DEBTOR,
    HEAD,
    ORIGINAL,
    P1,
    P2,
    P4,
    P7,
    P8,
    P8F,
    P9C,
    P13,
    P28,
    PD,
    RECALLED,
    TRANSACTION,
    agent,
    party,
)

END = "</CdtTrfTxInf>"
SECOND = TRANSACTION.replace("I-1", "I-2").replace("T-1", "T-2")
COVE = "<SttlmMtd>COVE</SttlmMtd>" + agent("InstgRmbrsmntAgt", "BANKGB2LXXX")
CLEARING = "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>LOOP</Prtry></ClrSys>"
ACCOUNT = "<Id><Othr><Id>1</Id></Othr></Id>"
CHARGE = f'<ChrgsInf><Amt Ccy="EUR">1.00</Amt>{agent("Agt", "BANKDEFFXXX")}</ChrgsInf>'
TOTAL = '<TtlIntrBkSttlmAmt Ccy="EUR">1250.50'
NAMED = "<Dbtr><Nm>Otieno and Sons</Nm>"
ADDRESS = "<StrtNm>Main Street</StrtNm><PstCd>10115</PstCd><TwnNm>Berlin</TwnNm><Ctry>DE</Ctry>"
OLD = ("2026-11-20T08:00:00+00:00</CreDtTm>", "2026-01-20T08:00:00+00:00</CreDtTm>")
ORIGINALS = ORIGINAL.partition("</OrgnlGrpInf>")[2]
BALANCE = '<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>'
TYPE = "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>"
ID_1 = "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></PmtId>"
AT_AGENT = "<CdtrAgt><FinInstnId><BICFI>BANKFRPPXXX</BICFI>"

VALUES: dict[str, Pair] = {
    "BASE-0001": broken(P8, ("DE89370400440532013000", "DE88370400440532013000")),
    "BASE-0002": broken(C53, ("DE89370400440532013000", "DE8937040044053201300")),
    "BASE-0003": broken(P8, ("DE89370400440532013000", "ZW67AFEI0000000000001")),
    "BASE-0004": broken(P8, ("BANKDEFFXXX", "BANKZTFFXXX")),
    "BASE-0005": both(
        P8,
        before("</Dbtr>", "<Id><OrgId><AnyBIC>OTIEDEFF</AnyBIC></OrgId></Id>"),
        before("</Dbtr>", "<Id><OrgId><AnyBIC>OTIEZTFF</AnyBIC></OrgId></Id>"),
    ),
    "BASE-0006": broken(P8, ("BANKDEFFXXX", "BANKDEF0XXX")),
    "BASE-0007": both(
        P8,
        before("</FinInstnId></DbtrAgt>", "<LEI>529900T8BM49AURSDO55</LEI>"),
        before("</FinInstnId></DbtrAgt>", "<LEI>529900T8BM49AURSDO56</LEI>"),
    ),
    "BASE-0008": broken(P8, ('<IntrBkSttlmAmt Ccy="EUR"', '<IntrBkSttlmAmt Ccy="EUU"')),
    "BASE-0009": broken(C53, (BALANCE, BALANCE.replace("EUR", "EUU"))),
    "BASE-0010": broken(P8, ('<IntrBkSttlmAmt Ccy="EUR"', '<IntrBkSttlmAmt Ccy="DEM"')),
    "BASE-0011": both(
        P8, (">1250.50</IntrBkSttlmAmt>", ">1250.5000</IntrBkSttlmAmt>"), (">1250.50</IntrBkSttlmAmt>", ">1250.505</IntrBkSttlmAmt>")
    ),
    "BASE-0012": both(
        P8,
        ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SLEV</ChrgBr>" + CHARGE),
        ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SLEV</ChrgBr>" + CHARGE.replace("1.00", "1.005")),
    ),
    "BASE-0013": broken(P8, (">1250.50</IntrBkSttlmAmt>", ">0.00</IntrBkSttlmAmt>")),
    "BASE-0014": broken(P1, (">100.25</InstdAmt>", ">0</InstdAmt>")),
    "BASE-0015": broken(P8, ("<Ctry>DE</Ctry>", "<Ctry>DX</Ctry>")),
    "BASE-0016": broken(C53, ("<Ctry>KE</Ctry>", "<Ctry>KX</Ctry>")),
    "BASE-0017": broken(P8, ("ca16-48ba-b074", "ca16-18ba-b074")),
    "BASE-0018": broken(P8, ("<EndToEndId>E-1<", "<EndToEndId> <")),
    "BASE-0019": both(P8, ("Otieno", "Öteno"), ("Otieno", "Ot\u0085eno")),
    "BASE-0020": both(P8, ("Wanjiru Ngugi", "Wanjirũ Ngũgĩ"), ("Wanjiru", "Вандзиру")),
    "BASE-0021": broken(P8, ("2026-11-20T08:00:00", "1926-11-20T08:00:00")),
    "BASE-0022": broken(P8, ("<IntrBkSttlmDt>2026-11-20", "<IntrBkSttlmDt>2025-11-20")),
    "BASE-0023": both(
        P8,
        before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt><XchgRate>1.1</XchgRate>'),
        before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt><XchgRate>0</XchgRate>'),
    ),
    "BASE-0024": both(
        P8,
        before("</Dbtr>", "<Id><PrvtId><DtAndPlcOfBirth><BirthDt>1990-02-28</BirthDt><CityOfBirth>X</CityOfBirth><CtryOfBirth>KE</CtryOfBirth></DtAndPlcOfBirth></PrvtId></Id>"),
        before("</Dbtr>", "<Id><PrvtId><DtAndPlcOfBirth><BirthDt>2990-02-28</BirthDt><CityOfBirth>X</CityOfBirth><CtryOfBirth>KE</CtryOfBirth></DtAndPlcOfBirth></PrvtId></Id>"),
    ),
    "BASE-0025": both(
        P8,
        before(END, '<SplmtryData><Envlp><x xmlns="urn:x"/></Envlp></SplmtryData>'),
        before(END, "<SplmtryData><Envlp><Own/></Envlp></SplmtryData>"),
    ),
    "BASE-0026": broken(P8, ("<Cd>SEPA</Cd>", "<Cd>SEPX</Cd>")),
    "BASE-0027": broken(P8, ("<Cd>SUPP</Cd>", "<Cd>SUPX</Cd>")),
}  # fmt: skip
PACS: dict[str, Pair] = {
    "BASE-0101": broken(P8, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "BASE-0102": both(P8, before("<TtlIntr", "<CtrlSum>1250.5</CtrlSum>"), before("<TtlIntr", "<CtrlSum>1250.51</CtrlSum>")),
    "BASE-0103": broken(P8, (TOTAL, '<TtlIntrBkSttlmAmt Ccy="EUR">1250.51')),
    "BASE-0104": broken(P8, (TOTAL, '<TtlIntrBkSttlmAmt Ccy="USD">1250.50')),
    "BASE-0105": both(
        P4, before("<SttlmInf>", '<TtlRtrdIntrBkSttlmAmt Ccy="EUR">1250.50</TtlRtrdIntrBkSttlmAmt>'),
        before("<SttlmInf>", '<TtlRtrdIntrBkSttlmAmt Ccy="EUR">9.50</TtlRtrdIntrBkSttlmAmt>'),
    ),
    "BASE-0106": both(
        P4, before("<SttlmInf>", '<TtlRtrdIntrBkSttlmAmt Ccy="EUR">1250.50</TtlRtrdIntrBkSttlmAmt>'),
        before("<SttlmInf>", '<TtlRtrdIntrBkSttlmAmt Ccy="USD">1250.50</TtlRtrdIntrBkSttlmAmt>'),
    ),
    "BASE-0107": Pair(
        P8,
        (before("<NbOfTxs>", "<BtchBookg>true</BtchBookg>"),),
        (before("<NbOfTxs>", "<BtchBookg>true</BtchBookg>"), ("</FIToFICstmrCdtTrf>", SECOND + "</FIToFICstmrCdtTrf>")),
    ),
    "BASE-0108": both(
        P7, before("<SttlmInf>", '<TtlRvsdIntrBkSttlmAmt Ccy="EUR">1250.50</TtlRvsdIntrBkSttlmAmt>'),
        before("<SttlmInf>", '<TtlRvsdIntrBkSttlmAmt Ccy="EUR">9.50</TtlRvsdIntrBkSttlmAmt>'),
    ),
    "BASE-0109": both(
        P7, before("<SttlmInf>", '<TtlRvsdIntrBkSttlmAmt Ccy="EUR">1250.50</TtlRvsdIntrBkSttlmAmt>'),
        before("<SttlmInf>", '<TtlRvsdIntrBkSttlmAmt Ccy="USD">1250.50</TtlRvsdIntrBkSttlmAmt>'),
    ),
    "BASE-0110": both(P8, (CLEARING, "<SttlmMtd>INDA</SttlmMtd>"), (CLEARING, "<SttlmMtd>INDA</SttlmMtd>" + agent("InstgRmbrsmntAgt", "BANKGB2LXXX"))),
    "BASE-0111": broken(P8, (CLEARING, f"<SttlmMtd>CLRG</SttlmMtd><SttlmAcct>{ACCOUNT}</SttlmAcct>")),
    "BASE-0112": both(P8, (CLEARING, COVE), (CLEARING, "<SttlmMtd>COVE</SttlmMtd>")),
    "BASE-0113": both(P8, (CLEARING, COVE), (CLEARING, COVE.replace("</SttlmMtd>", f"</SttlmMtd><SttlmAcct>{ACCOUNT}</SttlmAcct>"))),
    "BASE-0114": both(
        P8, (CLEARING, COVE + agent("InstdRmbrsmntAgt", "BANKFRPPXXX") + agent("ThrdRmbrsmntAgt", "BANKITMMXXX")),
        (CLEARING, COVE + agent("ThrdRmbrsmntAgt", "BANKITMMXXX")),
    ),
    "BASE-0115": both(
        P8, (CLEARING, f"{COVE}<InstgRmbrsmntAgtAcct>{ACCOUNT}</InstgRmbrsmntAgtAcct>"),
        (CLEARING, f"{COVE}<InstdRmbrsmntAgtAcct>{ACCOUNT}</InstdRmbrsmntAgtAcct>"),
    ),
    "BASE-0116": broken(P4, ("<SttlmMtd>INDA", "<SttlmMtd>COVE")),
    "BASE-0120": broken(P8, before("<Dbtr>", agent("InstgAgt", "BANKDEFFXXX"))),
    "BASE-0121": broken(P8, before("<Dbtr>", agent("InstdAgt", "BANKFRPPXXX"))),
    "BASE-0122": broken(P8, before("<AccptncDtTm>", "<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "BASE-0123": broken(P8, before("<InstgAgt>", "<PmtTpInf><InstrPrty>NORM</InstrPrty></PmtTpInf>")),
    "BASE-0124": broken(P8, gone("<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "BASE-0125": broken(P9C, (agent("InstdAgt", "BANKFRPPXXX"), agent("InstdAgt", "BANKDEFFXXX"))),
    "BASE-0130": both(P8, before("<Dbtr>", agent("IntrmyAgt1", "BANKGB2LXXX")), before("<Dbtr>", agent("IntrmyAgt2", "BANKGB2LXXX"))),
    "BASE-0131": both(
        P8, before("<Dbtr>", agent("IntrmyAgt1", "BANKGB2LXXX") + f"<IntrmyAgt1Acct>{ACCOUNT}</IntrmyAgt1Acct>"),
        before("<Dbtr>", f"<IntrmyAgt1Acct>{ACCOUNT}</IntrmyAgt1Acct>"),
    ),
    "BASE-0132": both(P8, before("<Dbtr>", agent("PrvsInstgAgt1", "BANKGB2LXXX")), before("<Dbtr>", agent("PrvsInstgAgt2", "BANKGB2LXXX"))),
    "BASE-0133": both(
        P8, before("<Dbtr>", agent("PrvsInstgAgt1", "BANKGB2LXXX") + f"<PrvsInstgAgt1Acct>{ACCOUNT}</PrvsInstgAgt1Acct>"),
        before("<Dbtr>", f"<PrvsInstgAgt1Acct>{ACCOUNT}</PrvsInstgAgt1Acct>"),
    ),
    "BASE-0134": Pair(
        P9C, (("</DbtrAgt>", f"</DbtrAgt><DbtrAgtAcct>{ACCOUNT}</DbtrAgtAcct>"), gone(agent("DbtrAgt", "BANKDEFFXXX"))),
        (("</DbtrAgt>", f"</DbtrAgt><DbtrAgtAcct>{ACCOUNT}</DbtrAgtAcct>"),),
    ),
    "BASE-0140": both(
        P8, before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt><XchgRate>1.1</XchgRate>'),
        before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt>'),
    ),
    "BASE-0141": both(
        P8, before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt><XchgRate>1.1</XchgRate>'),
        before("<ChrgBr>", '<InstdAmt Ccy="EUR">10.00</InstdAmt><XchgRate>1.1</XchgRate>'),
    ),
    "BASE-0142": both(
        P8, before("<ChrgBr>", '<InstdAmt Ccy="USD">10.00</InstdAmt><XchgRate>1.1</XchgRate>'), before("<ChrgBr>", "<XchgRate>1.1</XchgRate>"),
    ),
    "BASE-0143": both(
        P4, before("<ChrgBr>", '<RtrdInstdAmt Ccy="USD">10.00</RtrdInstdAmt><XchgRate>1.1</XchgRate>'), before("<ChrgBr>", "<XchgRate>1.1</XchgRate>"),
    ),
    "BASE-0144": both(
        P8, ("<ChrgBr>SLEV</ChrgBr>", '<InstdAmt Ccy="EUR">1251.50</InstdAmt><ChrgBr>SHAR</ChrgBr>' + CHARGE),
        ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SHAR</ChrgBr>" + CHARGE),
    ),
    "BASE-0145": both(
        P4, ("<ChrgBr>SHAR</ChrgBr>", '<RtrdInstdAmt Ccy="EUR">1251.50</RtrdInstdAmt><ChrgBr>SHAR</ChrgBr>' + CHARGE),
        ("<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>SHAR</ChrgBr>" + CHARGE),
    ),
    "BASE-0150": both(
        P8, before("<Dbtr>", party("UltmtDbtr", "Savannah")), before("<Dbtr>", party("UltmtDbtr", "Otieno and Sons")),
    ),
    "BASE-0151": both(
        P8, before("<RmtInf>", party("UltmtCdtr", "Family", "FR")), before("<RmtInf>", party("UltmtCdtr", "Wanjiru Ngugi", "FR")),
    ),
    "BASE-0152": Pair(
        P8, (before("<RmtInf>", "<InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt>"),),
        (before("<RmtInf>", "<InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt>"), gone(CREDITOR)),
    ),
    "BASE-0153": both(
        P8, before("<RmtInf>", "<InstrForCdtrAgt><Cd>HOLD</Cd></InstrForCdtrAgt>"),
        before("<RmtInf>", "<InstrForCdtrAgt><Cd>HOLD</Cd></InstrForCdtrAgt><InstrForCdtrAgt><Cd>CHQB</Cd></InstrForCdtrAgt>"),
    ),
    "BASE-0154": both(
        P8, before("<RmtInf>", "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt>"),
        before("<RmtInf>", "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt><InstrForCdtrAgt><Cd>TELB</Cd></InstrForCdtrAgt>"),
    ),
}  # fmt: skip
PARTIES: dict[str, Pair] = {
    "BASE-0201": both(
        P8, (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>Main Street 1</AdrLine>"), (ADDRESS, "<AdrLine>Main Street 1, Berlin</AdrLine>"),
    ),
    "BASE-0202": Pair(
        P8, (OLD, (ADDRESS, "<AdrLine>Main Street 1, Berlin</AdrLine>")), ((ADDRESS, "<AdrLine>Main Street 1, Berlin</AdrLine>"),),
    ),
    "BASE-0203": both(
        P8, (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>a</AdrLine><AdrLine>b</AdrLine>"),
        (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>a</AdrLine><AdrLine>b</AdrLine><AdrLine>c</AdrLine>"),
    ),
    "BASE-0204": both(
        P8, (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>Main Street</AdrLine>"),
        (ADDRESS, "<TwnNm>Berlin</TwnNm><Ctry>DE</Ctry><AdrLine>BERLIN</AdrLine>"),
    ),
    "BASE-0206": broken(P8, gone("<Nm>Otieno and Sons</Nm>")),
    "BASE-0207": broken(P8, gone("<Nm>Otieno and Sons</Nm>")),
    "BASE-0210": both(
        P8, (AT_AGENT, "<CdtrAgt><FinInstnId><Nm>Bank</Nm><PstlAdr><Ctry>FR</Ctry></PstlAdr>"), (AT_AGENT, "<CdtrAgt><FinInstnId><Nm>Bank</Nm>"),
    ),
    "BASE-0212": broken(P8F, ("<MmbId>021000021</MmbId></ClrSysMmbId></FinInstnId></InstgAgt>", "<MmbId>21000021</MmbId></ClrSysMmbId></FinInstnId></InstgAgt>")),
    "BASE-0220": both(
        P8, (DEBTOR, "<DbtrAcct><Id><Othr><Id>12345</Id></Othr></Id></DbtrAcct>"),
        (DEBTOR, "<DbtrAcct><Id><Othr><Id>DE89370400440532013000</Id></Othr></Id></DbtrAcct>"),
    ),
    "BASE-0221": broken(P8, (CREDITOR, DEBTOR.replace("Dbtr", "Cdtr"))),
    "BASE-0222": both(
        P8, before("</CdtrAcct>", "<Prxy><Tp><Cd>EMAL</Cd></Tp><Id>a@b.c</Id></Prxy>"), before("</CdtrAcct>", "<Prxy><Tp><Cd>MAIL</Cd></Tp><Id>a@b.c</Id></Prxy>"),
    ),
    "BASE-0223": both(
        P8, before("</CdtrAcct>", "<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>+254-722 000</Id></Prxy>"), before("</CdtrAcct>", "<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>mary</Id></Prxy>"),
    ),
    "BASE-0224": both(
        P8.replace("pacs.008.001.08", "pacs.008.001.12"),
        before("<Dbtr>", CHARGE.replace("</ChrgsInf>", "<Tp><Cd>COMM</Cd></Tp></ChrgsInf>")),
        before("<Dbtr>", CHARGE.replace("</ChrgsInf>", "<Tp><Cd>NONE</Cd></Tp></ChrgsInf>")),
    ),
    "BASE-0230": both(P8, before("</Dbtr>", "<Id><OrgId><LEI>529900T8BM49AURSDO55</LEI></OrgId></Id>"), before("</Dbtr>", "<Id><OrgId/></Id>")),
    "BASE-0231": both(P8, before("</Dbtr>", "<Id><PrvtId><Othr><Id>1</Id></Othr></PrvtId></Id>"), before("</Dbtr>", "<Id><PrvtId/></Id>")),
}  # fmt: skip
ANSWERS: dict[str, Pair] = {
    "BASE-0301": both(
        P2, ("<Rsn><Cd>AC03</Cd></Rsn>", "<Rsn><Cd>NARR</Cd></Rsn><AddtlInf>closed</AddtlInf>"), ("<Cd>AC03</Cd>", "<Cd>NARR</Cd>"),
    ),
    "BASE-0302": broken(P2, gone("<StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>")),
    "BASE-0303": broken(P2, ("<TxSts>RJCT", "<TxSts>NOPE")),
    "BASE-0304": both(
        P2, before("<TxInfAndSts>", "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>"),
        before("<TxInfAndSts>", "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>"),
    ),
    "BASE-0305": Pair(
        P2,
        ((P2[P2.index("<TxInfAndSts>") : P2.index("</TxInfAndSts>") + 14], "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>"),),
    ),
    "BASE-0306": broken(P2, gone(ORIGINALS)),
    "BASE-0307": both(P2, ("<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>MT103"), ("<OrgnlMsgNmId>pacs.008.001.08", "<OrgnlMsgNmId>payment")),
    "BASE-0310": broken(P28, (P28[P28.index("<TxInf>") : P28.index("</TxInf>") + 8], "")),
    "BASE-0311": broken(P28, gone("<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlTxId>T-1</OrgnlTxId>")),
    "BASE-0320": broken(P4, gone(ORIGINALS)),
    "BASE-0321": broken(P4, gone("<RtrRsnInf><Rsn><Cd>FOCR</Cd></Rsn></RtrRsnInf>")),
    "BASE-0322": broken(P4, ('<RtrdIntrBkSttlmAmt Ccy="EUR">1250.50', '<RtrdIntrBkSttlmAmt Ccy="EUR">1250.51')),
    "BASE-0323": broken(P4, before("<SttlmInf>", "<GrpRtr>true</GrpRtr>")),
    "BASE-0324": broken(P7, ('<RvsdIntrBkSttlmAmt Ccy="EUR">1250.50', '<RvsdIntrBkSttlmAmt Ccy="EUR">1250.51')),
    "BASE-0325": broken(P7, before("<SttlmInf>", "<GrpRvsl>true</GrpRvsl>")),
    "BASE-0330": both(
        C56, ("<TxInf>", "<OrgnlGrpInfAndCxl><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpCxl>false</GrpCxl></OrgnlGrpInfAndCxl><TxInf>"),
        ("<TxInf>", "<OrgnlGrpInfAndCxl><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId><GrpCxl>true</GrpCxl></OrgnlGrpInfAndCxl><TxInf>"),
    ),
    "BASE-0331": broken(C56, gone(RECALLED)),
    "BASE-0332": broken(C56, gone(ORIGINALS)),
    "BASE-0333": broken(C56, ("<Cd>DUPL</Cd>", "<Cd>WHAT</Cd>")),
    "BASE-0334": both(C56, before("<Undrlyg>", "<CtrlData><NbOfTxs>1</NbOfTxs></CtrlData>"), before("<Undrlyg>", "<CtrlData><NbOfTxs>2</NbOfTxs></CtrlData>")),
    "BASE-0335": both(
        C56, before("<Undrlyg>", "<CtrlData><NbOfTxs>1</NbOfTxs><CtrlSum>1250.5</CtrlSum></CtrlData>"),
        before("<Undrlyg>", "<CtrlData><NbOfTxs>1</NbOfTxs><CtrlSum>12</CtrlSum></CtrlData>"),
    ),
    "BASE-0340": broken(C29, gone("<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf>")),
}  # fmt: skip
CUSTOMERS: dict[str, Pair] = {
    "BASE-0401": broken(P1, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "BASE-0402": broken(P1, ("<CtrlSum>100.25</CtrlSum><InitgPty>", "<CtrlSum>100.26</CtrlSum><InitgPty>")),
    "BASE-0403": broken(P1, ("<NbOfTxs>1</NbOfTxs><CtrlSum>100.25</CtrlSum><PmtTpInf>", "<NbOfTxs>3</NbOfTxs><CtrlSum>100.25</CtrlSum><PmtTpInf>")),
    "BASE-0404": broken(P1, ("<CtrlSum>100.25</CtrlSum><PmtTpInf>", "<CtrlSum>100.20</CtrlSum><PmtTpInf>")),
    "BASE-0405": broken(PD, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "BASE-0406": broken(PD, ("<CtrlSum>100.25", "<CtrlSum>100.26")),
    "BASE-0407": broken(P13, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "BASE-0408": broken(P13, ("<CtrlSum>100.25", "<CtrlSum>100.26")),
    "BASE-0410": broken(P1, ("</Amt><CdtrAgt>", "</Amt><ChrgBr>SLEV</ChrgBr><CdtrAgt>")),
    "BASE-0411": broken(P1, ("</PmtId><Amt>", f"</PmtId>{TYPE}<Amt>")),
    "BASE-0412": broken(P1, ("</Amt><CdtrAgt>", "</Amt>" + party("UltmtDbtr", "Savannah") + "<CdtrAgt>")),
    "BASE-0413": Pair(
        P1, (("</Amt><CdtrAgt>", "</Amt><ChqInstr><ChqTp>CCHQ</ChqTp></ChqInstr><CdtrAgt>"),),
        (("<PmtMtd>TRF", "<PmtMtd>CHK"), ("</Amt><CdtrAgt>", "</Amt><ChqInstr><ChqTp>CCHQ</ChqTp></ChqInstr><CdtrAgt>")),
    ),
    "BASE-0414": both(
        P1, ("<ChrgBr>SLEV</ChrgBr>", f"<ChrgBr>SLEV</ChrgBr><ChrgsAcct>{ACCOUNT}</ChrgsAcct>" + agent("ChrgsAcctAgt", "BANKDEFFXXX")),
        ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SLEV</ChrgBr>" + agent("ChrgsAcctAgt", "BANKDEFFXXX")),
    ),
    "BASE-0415": both(
        P1, ("</Amt><CdtrAgt>", "</Amt>" + agent("IntrmyAgt1", "BANKGB2LXXX") + "<CdtrAgt>"),
        ("</Amt><CdtrAgt>", "</Amt>" + agent("IntrmyAgt2", "BANKGB2LXXX") + "<CdtrAgt>"),
    ),
    "BASE-0416": both(
        P1, ("</Amt><CdtrAgt>", "</Amt><XchgRateInf><RateTp>AGRD</RateTp><CtrctId>1</CtrctId></XchgRateInf><CdtrAgt>"),
        ("</Amt><CdtrAgt>", "</Amt><XchgRateInf><RateTp>AGRD</RateTp></XchgRateInf><CdtrAgt>"),
    ),
    "BASE-0417": broken(P1, ("<Dt>2026-11-23", "<Dt>2026-09-23")),
    "BASE-0418": broken(PD, ("<ReqdColltnDt>2026-11-23", "<ReqdColltnDt>2026-09-23")),
    "BASE-0419": broken(P13, ("<Dt>2026-11-30", "<Dt>2026-11-19")),
    "BASE-0420": broken(P1, ("<InitgPty><Nm>Otieno and Sons</Nm></InitgPty>", "<InitgPty/>")),
    "BASE-0421": broken(P1, gone(CREDITOR)),
    "BASE-0430": broken(C53, ("<FrDtTm>2026-11-19", "<FrDtTm>2026-11-21")),
    "BASE-0431": broken(C53, (BALANCE, BALANCE.replace("EUR", "USD"))),
    "BASE-0432": broken(C53, ("<NbOfNtries>1", "<NbOfNtries>2")),
}  # fmt: skip
HEADERS: dict[str, Pair] = {
    "BASE-0501": broken(HEAD, ("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>MT103")),
    "BASE-0502": broken(HEAD, ("08:00:00+00:00</CreDt>", "08:00:00</CreDt>")),
    "BASE-0503": both(
        HEAD,
        ("</CreDt>", "</CreDt><CpyDplct>DUPL</CpyDplct><Rltd>" + HEAD[HEAD.index("<Fr>") : HEAD.index("</AppHdr>")] + "</Rltd>"),
        ("</CreDt>", "</CreDt><CpyDplct>DUPL</CpyDplct>"),
    ),
    "BASE-0504": broken(HEAD, ("<BICFI>BANKDEFFXXX</BICFI>", "<Nm>Bank</Nm>")),
    "BASE-0506": broken(HEAD, ("BANKFRPPXXX", "BANKDEFFXXX")),
    "BASE-0507": broken(HEAD, ("BANKDEFFXXX", "BANKZTFFXXX")),
    "BASE-0508": both(
        HEAD, ("BANKDEFFXXX</BICFI>", "BANKDEFFXXX</BICFI><LEI>529900T8BM49AURSDO55</LEI>"),
        ("BANKDEFFXXX</BICFI>", "BANKDEFFXXX</BICFI><LEI>529900T8BM49AURSDO54</LEI>"),
    ),
    "BASE-0510": both(
        HEAD, ("</CreDt>", "</CreDt><BizPrcgDt>2026-11-20T08:00:00Z</BizPrcgDt>"), ("</CreDt>", "</CreDt><BizPrcgDt>2026-10-20T08:00:00Z</BizPrcgDt>"),
    ),
    "BASE-0511": both(
        HEAD, ("</BizSvc>", "</BizSvc><MktPrctc><Regy>r</Regy><Id>i</Id></MktPrctc>"), ("</BizSvc>", "</BizSvc><MktPrctc><Regy>r</Regy><Id> </Id></MktPrctc>"),
    ),
}  # fmt: skip
BASE = VALUES | PACS | PARTIES | ANSWERS | CUSTOMERS | HEADERS
