"""One good message of each kind; the pairs of the rules are made from these by changing a word or an element."""

# ruff: noqa: E501 - a change to a message reads best in one line

NS = "urn:iso:std:iso:20022:tech:xsd:"


def agent(name: str, bic: str) -> str:
    """An agent with a BIC."""
    return f"<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>"


def member(name: str, number: str) -> str:
    """An agent with an American routing number."""
    return (
        f"<{name}><FinInstnId><ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>{number}</MmbId></ClrSysMmbId>"
        f"</FinInstnId></{name}>"
    )


def party(name: str, who: str, country: str = "DE") -> str:
    """A named party with a structured address."""
    return (
        f"<{name}><Nm>{who}</Nm><PstlAdr><StrtNm>Main Street</StrtNm><PstCd>10115</PstCd><TwnNm>Berlin</TwnNm>"
        f"<Ctry>{country}</Ctry></PstlAdr></{name}>"
    )


def document(definition: str, name: str, content: str) -> str:
    """A Document."""
    return f'<Document xmlns="{NS}{definition}"><{name}>{content}</{name}></Document>'


def header(definition: str, service: str = "swift.cbprplus.02", sender: str = "", receiver: str = "") -> str:
    """An AppHdr for it."""
    fr = sender or "<BICFI>BANKDEFFXXX</BICFI>"
    to = receiver or "<BICFI>BANKFRPPXXX</BICFI>"
    return (
        f'<AppHdr xmlns="{NS}head.001.001.02"><Fr><FIId><FinInstnId>{fr}</FinInstnId></FIId></Fr><To><FIId><FinInstnId>'
        f"{to}</FinInstnId></FIId></To><BizMsgIdr>BM-1</BizMsgIdr><MsgDefIdr>{definition}</MsgDefIdr><BizSvc>{service}"
        "</BizSvc><CreDt>2026-11-20T08:00:00+00:00</CreDt></AppHdr>"
    )


def together(head: str, body: str) -> str:
    """Both in one message."""
    return f"<Message>{head}{body}</Message>"


GROUP = "<MsgId>MSG-1</MsgId><CreDtTm>2026-11-20T08:00:00+00:00</CreDtTm><NbOfTxs>1</NbOfTxs>"
IDS = "<PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId><TxId>T-1</TxId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></PmtId>"
DEBTOR = "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>"
CREDITOR = "<CdtrAcct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></CdtrAcct>"
ORIGINAL = (
    "<OrgnlGrpInf><OrgnlMsgId>MSG-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"
    "<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlTxId>T-1</OrgnlTxId>"
    "<OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f001</OrgnlUETR>"
)
TRANSACTION = (
    f"<CdtTrfTxInf>{IDS}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>INST</Cd></LclInstrm><CtgyPurp><Cd>SUPP"
    '</Cd></CtgyPurp></PmtTpInf><IntrBkSttlmAmt Ccy="EUR">1250.50</IntrBkSttlmAmt><AccptncDtTm>2026-11-20T07:59:59+00:00'
    "</AccptncDtTm><ChrgBr>SLEV</ChrgBr>" + party("Dbtr", "Otieno and Sons") + DEBTOR + agent("DbtrAgt", "BANKDEFFXXX")
    + agent("CdtrAgt", "BANKFRPPXXX") + party("Cdtr", "Wanjiru Ngugi", "FR") + CREDITOR
    + "<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf>"
)  # fmt: skip
P8 = document(
    "pacs.008.001.08",
    "FIToFICstmrCdtTrf",
    f'<GrpHdr>{GROUP}<TtlIntrBkSttlmAmt Ccy="EUR">1250.50</TtlIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>'
    "<SttlmInf><SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>LOOP</Prtry></ClrSys></SttlmInf>"
    + agent("InstgAgt", "BANKDEFFXXX") + agent("InstdAgt", "BANKFRPPXXX") + f"</GrpHdr>{TRANSACTION}",
)  # fmt: skip
"""Fits packs base and instant."""
_CBPR_TRANSACTION = (
    f'<CdtTrfTxInf>{IDS}<PmtTpInf><SvcLvl><Cd>G001</Cd></SvcLvl></PmtTpInf><IntrBkSttlmAmt Ccy="EUR">1250.50'
    '</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><InstdAmt Ccy="EUR">1250.50</InstdAmt><ChrgBr>SHAR</ChrgBr>'
    + agent("InstgAgt", "BANKDEFFXXX") + agent("InstdAgt", "BANKFRPPXXX") + party("Dbtr", "Otieno and Sons") + DEBTOR
    + agent("DbtrAgt", "BANKDEFFXXX") + agent("CdtrAgt", "BANKFRPPXXX") + party("Cdtr", "Wanjiru Ngugi", "FR") + CREDITOR
    + "<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf>"
)  # fmt: skip
P8C = together(
    header("pacs.008.001.08"),
    document(
        "pacs.008.001.08",
        "FIToFICstmrCdtTrf",
        f"<GrpHdr>{GROUP}<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>{_CBPR_TRANSACTION}",
    ),
)
"""Fits pack cbpr."""
_UNDERLYING = (
    "<UndrlygCstmrCdtTrf>" + party("Dbtr", "Otieno and Sons") + agent("DbtrAgt", "BANKDEFFXXX")
    + agent("CdtrAgt", "BANKFRPPXXX") + party("Cdtr", "Wanjiru Ngugi", "FR") + "</UndrlygCstmrCdtTrf>"
)  # fmt: skip
P9C = together(
    header("pacs.009.001.08", "swift.cbprplus.cov.02"),
    document(
        "pacs.009.001.08",
        "FICdtTrf",
        f"<GrpHdr>{GROUP}<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf>{IDS}"
        '<IntrBkSttlmAmt Ccy="EUR">1250.50</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>'
        + agent("InstgAgt", "BANKDEFFXXX") + agent("InstdAgt", "BANKFRPPXXX") + agent("Dbtr", "BANKDEFFXXX")
        + agent("DbtrAgt", "BANKDEFFXXX") + agent("CdtrAgt", "BANKFRPPXXX")
        + agent("Cdtr", "BANKFRPPXXX") + _UNDERLYING + "</CdtTrfTxInf>",
    ),
)  # fmt: skip
"""A cover payment of CBPR+."""
P8F = together(
    header(
        "pacs.008.001.08", "fednow.01", "<ClrSysMmbId><MmbId>021000021</MmbId></ClrSysMmbId>",
        "<ClrSysMmbId><MmbId>021000089</MmbId></ClrSysMmbId>",
    ),
    document(
        "pacs.008.001.08",
        "FIToFICstmrCdtTrf",
        f"<GrpHdr>{GROUP}<SttlmInf><SttlmMtd>CLRG</SttlmMtd><ClrSys><Cd>FDN</Cd></ClrSys></SttlmInf></GrpHdr><CdtTrfTxInf>"
        f"{IDS}<PmtTpInf><LclInstrm><Prtry>FDNA</Prtry></LclInstrm><CtgyPurp><Prtry>CONS</Prtry></CtgyPurp></PmtTpInf>"
        '<IntrBkSttlmAmt Ccy="USD">51.74</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><ChrgBr>SLEV</ChrgBr>'
        + member("InstgAgt", "021000021") + member("InstdAgt", "021000089") + party("Dbtr", "Ann Lee", "US")
        + "<DbtrAcct><Id><Othr><Id>44444</Id></Othr></Id></DbtrAcct>" + member("DbtrAgt", "021000021")
        + member("CdtrAgt", "021000089") + party("Cdtr", "Bob Ray", "US")
        + "<CdtrAcct><Id><Othr><Id>55555</Id></Othr></Id></CdtrAcct><RmtInf><Ustrd>Rent</Ustrd></RmtInf></CdtTrfTxInf>",
    ),
)  # fmt: skip
"""Fits pack fednow."""
P4 = document(
    "pacs.004.001.09",
    "PmtRtr",
    f"<GrpHdr>{GROUP}<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr><TxInf><RtrId>R-1</RtrId>{ORIGINAL}"
    '<OrgnlIntrBkSttlmAmt Ccy="EUR">1250.50</OrgnlIntrBkSttlmAmt><RtrdIntrBkSttlmAmt Ccy="EUR">1250.50</RtrdIntrBkSttlmAmt>'
    "<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><ChrgBr>SHAR</ChrgBr>" + agent("InstgAgt", "BANKFRPPXXX")
    + agent("InstdAgt", "BANKDEFFXXX") + "<RtrChain><Dbtr><Pty><Nm>Ngugi</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Otieno</Nm></Pty>"
    "</Cdtr></RtrChain><RtrRsnInf><Rsn><Cd>FOCR</Cd></Rsn></RtrRsnInf></TxInf>",
)  # fmt: skip
"""A return; fits base, cbpr and instant."""
P7 = document(
    "pacs.007.001.09",
    "FIToFIPmtRvsl",
    f"<GrpHdr>{GROUP}<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr><TxInf><RvslId>R-1</RvslId>{ORIGINAL}"
    '<OrgnlIntrBkSttlmAmt Ccy="EUR">1250.50</OrgnlIntrBkSttlmAmt><RvsdIntrBkSttlmAmt Ccy="EUR">1250.50</RvsdIntrBkSttlmAmt>'
    "<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt>" + agent("InstgAgt", "BANKFRPPXXX") + agent("InstdAgt", "BANKDEFFXXX")
    + "<RvslRsnInf><Rsn><Cd>DUPL</Cd></Rsn></RvslRsnInf></TxInf>",
)  # fmt: skip
"""A reversal; fits base."""
P2 = document(
    "pacs.002.001.10",
    "FIToFIPmtStsRpt",
    "<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-20T08:00:01+00:00</CreDtTm></GrpHdr><TxInfAndSts>"
    f"{ORIGINAL}<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC03</Cd></Rsn></StsRsnInf>" + agent("InstgAgt", "BANKFRPPXXX")
    + agent("InstdAgt", "BANKDEFFXXX") + "</TxInfAndSts>",
)  # fmt: skip
"""A refusal; fits base, cbpr, instant and fednow."""
P28 = document(
    "pacs.028.001.03",
    "FIToFIPmtStsReq",
    "<GrpHdr><MsgId>Q-1</MsgId><CreDtTm>2026-11-20T08:00:01+00:00</CreDtTm></GrpHdr><TxInf>"
    "<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlTxId>T-1</OrgnlTxId></TxInf>",
)
ASSIGNMENT = (
    "<Assgnmt><Id>A-1</Id><Assgnr>" + agent("Agt", "BANKDEFFXXX") + "</Assgnr><Assgne>" + agent("Agt", "BANKFRPPXXX")
    + "</Assgne><CreDtTm>2026-11-20T08:00:00+00:00</CreDtTm></Assgnmt>"
)  # fmt: skip
CASE = "<Id>C-1</Id><Cretr>" + agent("Agt", "BANKDEFFXXX") + "</Cretr>"
RECALLED = (
    f'<TxInf><CxlId>X-1</CxlId><Case>{CASE}</Case>{ORIGINAL}<OrgnlIntrBkSttlmAmt Ccy="EUR">1250.50</OrgnlIntrBkSttlmAmt>'
    "<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf></TxInf>"
)
C56 = document("camt.056.001.08", "FIToFIPmtCxlReq", f"{ASSIGNMENT}<Undrlyg>{RECALLED}</Undrlyg>")
"""A recall; fits base, cbpr and instant."""
C29 = document(
    "camt.029.001.09",
    "RsltnOfInvstgtn",
    f"{ASSIGNMENT}<Sts><Conf>RJCR</Conf></Sts><CxlDtls><TxInfAndSts><CxlStsId>X-1</CxlStsId><RslvdCase>{CASE}</RslvdCase>"
    f"{ORIGINAL}<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf></TxInfAndSts></CxlDtls>",
)
_ORDER = (
    '<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.25</InstdAmt></Amt>'
    + agent("CdtrAgt", "BANKFRPPXXX") + party("Cdtr", "Wanjiru Ngugi", "FR") + CREDITOR + "</CdtTrfTxInf>"
)  # fmt: skip
P1 = document(
    "pain.001.001.09",
    "CstmrCdtTrfInitn",
    f"<GrpHdr>{GROUP}<CtrlSum>100.25</CtrlSum><InitgPty><Nm>Otieno and Sons</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P-1"
    "</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>1</NbOfTxs><CtrlSum>100.25</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl>"
    "</PmtTpInf><ReqdExctnDt><Dt>2026-11-23</Dt></ReqdExctnDt>" + party("Dbtr", "Otieno and Sons") + DEBTOR
    + agent("DbtrAgt", "BANKDEFFXXX") + party("UltmtDbtr", "Savannah") + f"<ChrgBr>SLEV</ChrgBr>{_ORDER}</PmtInf>",
)  # fmt: skip
P13 = document(
    "pain.013.001.07",
    "CdtrPmtActvtnReq",
    f"<GrpHdr>{GROUP}<CtrlSum>100.25</CtrlSum><InitgPty><Nm>Wanjiru</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId>"
    "<PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-23</Dt></ReqdExctnDt><XpryDt><Dt>2026-11-30</Dt></XpryDt>"
    + party("Dbtr", "Otieno and Sons") + DEBTOR + agent("DbtrAgt", "BANKDEFFXXX")
    + '<CdtTrfTx><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.25</InstdAmt></Amt><ChrgBr>SLEV'
    "</ChrgBr>" + agent("CdtrAgt", "BANKFRPPXXX") + party("Cdtr", "Wanjiru Ngugi", "FR") + CREDITOR + "</CdtTrfTx></PmtInf>",
)  # fmt: skip
PD = document(
    "pain.008.001.02",
    "CstmrDrctDbtInitn",
    f"<GrpHdr>{GROUP}<CtrlSum>100.25</CtrlSum><InitgPty><Nm>Wanjiru</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId>"
    "<PmtMtd>DD</PmtMtd><ReqdColltnDt>2026-11-23</ReqdColltnDt><Cdtr><Nm>Wanjiru</Nm></Cdtr>" + CREDITOR
    + "<CdtrAgt><FinInstnId><BIC>BANKFRPPXXX</BIC></FinInstnId></CdtrAgt><DrctDbtTxInf><PmtId><EndToEndId>E-1</EndToEndId>"
    '</PmtId><InstdAmt Ccy="EUR">100.25</InstdAmt><DbtrAgt><FinInstnId><BIC>BANKDEFFXXX</BIC></FinInstnId></DbtrAgt>'
    "<Dbtr><Nm>Otieno</Nm></Dbtr>" + DEBTOR + "</DrctDbtTxInf></PmtInf>",
)  # fmt: skip
_CODE = "<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>"
C53 = document(
    "camt.053.001.08",
    "BkToCstmrStmt",
    "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-20T08:00:00+00:00</CreDtTm></GrpHdr><Stmt><Id>S-1</Id><FrToDt><FrDtTm>"
    "2026-11-19T00:00:00</FrDtTm><ToDtTm>2026-11-20T00:00:00</ToDtTm></FrToDt><Acct><Id><IBAN>DE89370400440532013000</IBAN>"
    "</Id><Ccy>EUR</Ccy><Ownr><Nm>Otieno</Nm><PstlAdr><Ctry>KE</Ctry></PstlAdr></Ownr></Acct><Bal><Tp><CdOrPrtry><Cd>CLBD</Cd>"
    '</CdOrPrtry></Tp><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal><TxsSummry>'
    '<TtlNtries><NbOfNtries>1</NbOfNtries></TtlNtries></TxsSummry><Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT'
    f"</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>{_CODE}</Ntry></Stmt>",
)
HEAD = header("pacs.008.001.08")
HEADF = P8F[len("<Message>") : P8F.index("<Document")]
