"""Answer a pacs.008 as the payee's bank.

    python3 answer.py GRENDEFFXXX RECEIVED.xml ACSP > ANSWER.xml

`RJCT AC04` as last words refuses with that reason. Not signed yet.
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

TEMPLATE = """\
<Message xmlns="urn:example:envelope">
<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
  <Fr><FIId><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></FIId></Fr>
  <To><FIId><FinInstnId><Othr><Id>Hub</Id></Othr></FinInstnId></FIId></To>
  <BizMsgIdr>{message_id}</BizMsgIdr>
  <MsgDefIdr>pacs.002.001.10</MsgDefIdr>
  <CreDt>{now}</CreDt>
</AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10">
  <FIToFIPmtStsRpt>
    <GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{now}</CreDtTm></GrpHdr>
    <TxInfAndSts>
      <OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
      <OrgnlUETR>{uetr}</OrgnlUETR>
      <TxSts>{status}</TxSts>{reason}
    </TxInfAndSts>
  </FIToFIPmtStsRpt>
</Document>
</Message>
"""


def answer(bic: str, received: bytes, status: str, code: str = "") -> str:
    """Return the pacs.002 for a received message as text."""
    payment = etree.fromstring(received).find(".//{*}PmtId")
    reason = f"\n      <StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
    return TEMPLATE.format(
        bic=bic, message_id=uuid.uuid4().hex, now=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z", status=status,
        reason=reason, reference=payment.findtext("{*}EndToEndId"), uetr=payment.findtext("{*}UETR"),
    )  # fmt: skip


if __name__ == "__main__":
    name, file, *words = sys.argv[1:]
    print(answer(name, Path(file).read_bytes(), *words), end="")
