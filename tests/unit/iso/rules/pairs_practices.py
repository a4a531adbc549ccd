"""Pairs for packs `instant` and `fednow`, and those of all market practices together."""

# ruff: noqa: E501 - a change to a message reads best in one line

from tests.unit.iso.rules.pair import Pair, before, both, broken, gone
from tests.unit.iso.rules.pairs_cbpr import CBPR
from tests.unit.iso.rules.templates import C56, CREDITOR, DEBTOR, HEADF, P2, P4, P8, P8F, RECALLED, TRANSACTION, agent

CLEARING = "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>LOOP</Prtry></ClrSys>"
LEVEL, INSTRUMENT = "<SvcLvl><Cd>SEPA</Cd></SvcLvl>", "<LclInstrm><Cd>INST</Cd></LclInstrm>"
ADDRESS = "<StrtNm>Main Street</StrtNm><PstCd>10115</PstCd><TwnNm>Berlin</TwnNm><Ctry>DE</Ctry>"
LINES = (ADDRESS, "<AdrLine>Main Street 1, Berlin</AdrLine>")
LATE = ("2026-11-20T08:00:00+00:00</CreDtTm>", "2026-11-23T08:00:00+00:00</CreDtTm>")
USTRD = "<Ustrd>Invoice 4711</Ustrd>"
STRD = "<Strd><AddtlRmtInf>Invoice 4711</AddtlRmtInf></Strd>"
OTHER = "<Id><Othr><Id>12345</Id></Othr></Id>"
STATUS = P2[P2.index("<TxInfAndSts>") : P2.index("</TxInfAndSts>") + 14]
REASON = "<StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>"
TX_ID = "<OrgnlTxId>T-1</OrgnlTxId>"
IDS = "<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlTxId>T-1</OrgnlTxId><OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f001</OrgnlUETR>"
AMOUNT = '<IntrBkSttlmAmt Ccy="EUR">1250.50'

LONG = f"<AddtlRmtInf>{71 * 'x'}</AddtlRmtInf>"

INSTANT: dict[str, Pair] = {
    "INSTANT-0001": broken(P8, before("</FIToFICstmrCdtTrf>", TRANSACTION)),
    "INSTANT-0002": broken(P8, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "INSTANT-0003": broken(P8, (AMOUNT, '<IntrBkSttlmAmt Ccy="SEK">1250.50')),
    "INSTANT-0004": both(P8, (AMOUNT, '<IntrBkSttlmAmt Ccy="EUR">999999999.99'), (AMOUNT, '<IntrBkSttlmAmt Ccy="EUR">1000000000')),
    "INSTANT-0005": broken(P8, (CLEARING, "<SttlmMtd>COVE</SttlmMtd>")),
    "INSTANT-0006": broken(P8, (CLEARING, "<SttlmMtd>INDA</SttlmMtd>" + agent("InstgRmbrsmntAgt", "BANKGB2LXXX"))),
    "INSTANT-0007": broken(P8, gone(LEVEL)),
    "INSTANT-0008": broken(P8, gone(INSTRUMENT)),
    "INSTANT-0009": broken(P8, ("<ChrgBr>SLEV", "<ChrgBr>SHAR")),
    "INSTANT-0010": broken(P8, before("<ChrgBr>", '<InstdAmt Ccy="EUR">1250.50</InstdAmt>')),
    "INSTANT-0011": broken(P8, gone("<AccptncDtTm>2026-11-20T07:59:59+00:00</AccptncDtTm>")),
    "INSTANT-0012": broken(P8, ("07:59:59+00:00</AccptncDtTm>", "07:59:59</AccptncDtTm>")),
    "INSTANT-0013": broken(P8, ("07:59:59+00:00</AccptncDtTm>", "07:59:39+00:00</AccptncDtTm>")),
    "INSTANT-0014": broken(P8, gone("<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "INSTANT-0015": broken(P8, gone('<TtlIntrBkSttlmAmt Ccy="EUR">1250.50</TtlIntrBkSttlmAmt>')),
    "INSTANT-0016": broken(P8, gone("<TxId>T-1</TxId>")),
    "INSTANT-0017": broken(P8, ("<TxId>T-1<", "<TxId>T//1<")),
    "INSTANT-0018": broken(P8, (DEBTOR, f"<DbtrAcct>{OTHER}</DbtrAcct>")),
    "INSTANT-0019": broken(P8, (CREDITOR, f"<CdtrAcct>{OTHER}</CdtrAcct>")),
    "INSTANT-0020": broken(P8, gone(DEBTOR)),
    "INSTANT-0021": broken(P8, gone(CREDITOR)),
    "INSTANT-0022": broken(P8, ("DE89370400440532013000", "TR330006100519786457841326")),
    "INSTANT-0023": broken(P8, ("<BICFI>BANKFRPPXXX</BICFI>", "<LEI>529900T8BM49AURSDO55</LEI>")),
    "INSTANT-0024": broken(P8, before("<Dbtr>", agent("IntrmyAgt1", "BANKGB2LXXX"))),
    "INSTANT-0025": broken(P8, gone("<Nm>Wanjiru Ngugi</Nm>")),
    "INSTANT-0026": broken(P8, ("Wanjiru Ngugi", 71 * "W")),
    "INSTANT-0027": broken(P8, gone("<TwnNm>Berlin</TwnNm>")),
    "INSTANT-0028": both(
        P8, (ADDRESS, "<TwnNm>B</TwnNm><Ctry>DE</Ctry><AdrLine>a</AdrLine><AdrLine>b</AdrLine>"),
        (ADDRESS, "<TwnNm>B</TwnNm><Ctry>DE</Ctry><AdrLine>a</AdrLine><AdrLine>b</AdrLine><AdrLine>c</AdrLine>"),
    ),
    "INSTANT-0029": Pair(P8, (LATE, LINES), (LINES,)),
    "INSTANT-0030": both(P8, (USTRD, STRD), (USTRD, USTRD + STRD)),
    "INSTANT-0031": broken(P8, (USTRD, 2 * USTRD)),
    "INSTANT-0032": both(P8, (USTRD, STRD), (USTRD, 2 * STRD)),
    "INSTANT-0033": both(
        P8, (USTRD, f"<Strd><AddtlRmtInf>{140 * 'x'}</AddtlRmtInf></Strd>"), (USTRD, f"<Strd>{2 * LONG}</Strd>"),
    ),
    "INSTANT-0034": broken(P8, before("<RmtInf>", "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt>")),
    "INSTANT-0035": broken(P8, ("Otieno", "Öteno")),
    "INSTANT-0040": broken(P2, (STATUS, 2 * STATUS)),
    "INSTANT-0041": broken(P2, ("<TxSts>RJCT", "<TxSts>ACWP")),
    "INSTANT-0042": broken(P2, gone(REASON)),
    "INSTANT-0043": broken(P2, gone(TX_ID)),
    "INSTANT-0050": broken(P4, ('<RtrdIntrBkSttlmAmt Ccy="EUR"', '<RtrdIntrBkSttlmAmt Ccy="SEK"')),
    "INSTANT-0051": broken(P4, ("<Cd>FOCR", "<Cd>SVNR")),
    "INSTANT-0052": broken(P4, gone(TX_ID)),
    "INSTANT-0060": broken(C56, (RECALLED, 2 * RECALLED)),
    "INSTANT-0061": broken(C56, ("<Cd>DUPL", "<Cd>UPAY")),
    "INSTANT-0062": broken(C56, gone(TX_ID)),
}  # fmt: skip
MEMBER = "<ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000021</MmbId></ClrSysMmbId>"
BIC = "<BICFI>BANKUS33</BICFI>"
DOLLARS = '<IntrBkSttlmAmt Ccy="USD">51.74'
FEDNOW: dict[str, Pair] = {
    "FEDNOW-0001": broken(HEADF, ("<ClrSysMmbId><MmbId>021000021</MmbId></ClrSysMmbId>", BIC)),
    "FEDNOW-0002": broken(HEADF, ("<ClrSysMmbId><MmbId>021000089</MmbId></ClrSysMmbId>", BIC)),
    "FEDNOW-0003": both(
        HEADF, ("</BizSvc>", "</BizSvc><MktPrctc><Regy>x/FedNow_Service</Regy><Id>frb.fednow.01</Id></MktPrctc>"),
        ("</BizSvc>", "</BizSvc><MktPrctc><Regy>x/Fedwire</Regy><Id>frb.fedwire.01</Id></MktPrctc>"),
    ),
    "FEDNOW-0004": broken(P8F, (MEMBER, MEMBER.replace("021000021", "21000021"))),
    "FEDNOW-0005": broken(P8F, (MEMBER, MEMBER.replace("021000021", "021000022"))),
    "FEDNOW-0006": broken(P8F, (MEMBER, MEMBER.replace("USABA", "USPID"))),
    "FEDNOW-0010": broken(P8F, before("</FIToFICstmrCdtTrf>", P8F[P8F.index("<CdtTrfTxInf>") : P8F.index("</CdtTrfTxInf>") + 14])),
    "FEDNOW-0011": broken(P8F, ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    "FEDNOW-0012": broken(P8F, ("<SttlmMtd>CLRG", "<SttlmMtd>INDA")),
    "FEDNOW-0013": broken(P8F, ("<Cd>FDN</Cd>", "<Cd>FDW</Cd>")),
    "FEDNOW-0014": broken(P8F, ("08:00:00+00:00</CreDtTm>", "08:00:00</CreDtTm>")),
    "FEDNOW-0015": broken(P8F, (DOLLARS, '<IntrBkSttlmAmt Ccy="CAD">51.74')),
    "FEDNOW-0016": both(P8F, (DOLLARS, '<IntrBkSttlmAmt Ccy="USD">10000000.00'), (DOLLARS, '<IntrBkSttlmAmt Ccy="USD">10000000.01')),
    "FEDNOW-0017": both(P8F, before("<ChrgBr>", '<InstdAmt Ccy="USD">51.74</InstdAmt>'), before("<ChrgBr>", '<InstdAmt Ccy="EUR">51.74</InstdAmt>')),
    "FEDNOW-0018": broken(P8F, before("<ChrgBr>", '<InstdAmt Ccy="USD">51.74</InstdAmt><XchgRate>1.1</XchgRate>')),
    "FEDNOW-0019": broken(P8F, gone("<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>")),
    "FEDNOW-0020": broken(P8F, gone("<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>")),
    "FEDNOW-0021": broken(P8F, gone("<InstrId>I-1</InstrId>")),
    "FEDNOW-0022": broken(P8F, gone("<LclInstrm><Prtry>FDNA</Prtry></LclInstrm>")),
    "FEDNOW-0023": broken(P8F, ("<Prtry>FDNA", "<Prtry>CTRC")),
    "FEDNOW-0024": broken(P8F, gone("<CtgyPurp><Prtry>CONS</Prtry></CtgyPurp>")),
    "FEDNOW-0025": broken(P8F, ("<Prtry>CONS", "<Prtry>WHAT")),
    "FEDNOW-0026": broken(P8F, ("<ChrgBr>SLEV", "<ChrgBr>SHAR")),
    "FEDNOW-0027": broken(P8F, (f"<InstgAgt><FinInstnId>{MEMBER}", f"<InstgAgt><FinInstnId>{BIC}")),
    "FEDNOW-0028": broken(P8F, (f"<InstdAgt><FinInstnId>{MEMBER.replace('021000021', '021000089')}", f"<InstdAgt><FinInstnId>{BIC}")),
    "FEDNOW-0029": broken(P8F, (f"<DbtrAgt><FinInstnId>{MEMBER}", f"<DbtrAgt><FinInstnId>{BIC}")),
    "FEDNOW-0030": broken(P8F, gone("<Nm>Ann Lee</Nm>")),
    "FEDNOW-0031": broken(P8F, ("<DbtrAcct><Id><Othr><Id>44444</Id></Othr></Id></DbtrAcct>", DEBTOR)),
    "FEDNOW-0032": broken(P8F, gone("<TwnNm>Berlin</TwnNm>")),
    "FEDNOW-0034": broken(P8F, ("</Ustrd>", "</Ustrd>" + STRD)),
    "FEDNOW-0040": broken(P2, (STATUS, 2 * STATUS)),
    "FEDNOW-0041": broken(P2, ("<TxSts>RJCT", "<TxSts>NOPE")),
    "FEDNOW-0042": broken(P2, gone(REASON)),
    "FEDNOW-0043": broken(P2, gone(IDS)),
    "FEDNOW-0044": broken(P4, gone(IDS)),
    "FEDNOW-0045": broken(P8F, ("Ann Lee", "Ann Löe")),
}  # fmt: skip
PRACTICES = CBPR | INSTANT | FEDNOW
