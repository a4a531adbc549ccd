"""Files of many payments for the tests of streams: laid out in lines, as customers' systems write them."""

from collections.abc import Iterator

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>{message}</MsgId>
      <CreDtTm>2026-11-20T08:00:00Z</CreDtTm>
      <NbOfTxs>{count}</NbOfTxs>
      <CtrlSum>{total}</CtrlSum>
      <InitgPty><Nm>Wanjiru Traders</Nm></InitgPty>
    </GrpHdr>
"""
BATCH = """    <PmtInf>
      <PmtInfId>{batch}</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>
      <Dbtr><Nm>Wanjiru Traders</Nm></Dbtr>
      <DbtrAcct><Id><Othr><Id>0110000001</Id></Othr></Id></DbtrAcct>
      <DbtrAgt><FinInstnId>{debtor}</FinInstnId></DbtrAgt>
"""
TRANSFER = """      <CdtTrfTxInf>
        <PmtId>
          <EndToEndId>{e2e}</EndToEndId>
        </PmtId>
        <Amt><InstdAmt Ccy="USD">{amount}</InstdAmt></Amt>
        <CdtrAgt><FinInstnId>{creditor}</FinInstnId></CdtrAgt>
        <Cdtr><Nm>Kato Ngũgĩ</Nm></Cdtr>
        <CdtrAcct><Id><Othr><Id>0220000002</Id></Othr></Id></CdtrAcct>
      </CdtTrfTxInf>
"""
TAIL = """  </CstmrCdtTrfInitn>
</Document>
"""


def lines(
    message: str, batches: list[int], *, debtor: str = "<BICFI>BANAKENA</BICFI>",
    creditor: str = "<BICFI>BANBKENA</BICFI>", day: str = "2026-11-20", **wrong: str,
) -> Iterator[str]:  # fmt: skip
    """The file piece by piece: PmtInf with so many transactions each, of 1.00; `wrong` are amounts by EndToEndId."""
    count = sum(batches)
    yield HEAD.format(message=message, count=count, total=f"{count}.00")
    number = 0
    for place, size in enumerate(batches):
        yield BATCH.format(batch=f"B{place}", day=day, debtor=debtor)
        for _ in range(size):
            number += 1
            e2e = f"E{number}"
            yield TRANSFER.format(e2e=e2e, amount=wrong.get(e2e, "1.00"), creditor=creditor)
        yield "    </PmtInf>\n"
    yield TAIL


def file(message: str = "FILE-1", batches: list[int] | None = None, **more: str) -> bytes:
    """A whole file."""
    return "".join(lines(message, batches or [3, 4], **more)).encode()
