"""Write a payment order.

    python3 pay.py --from BLUEDEFFXXX --to GRENDEFFXXX --account 7002 --amount 12.50 > PAY.xml

Writes a head.001.001.02 and a pacs.008.001.08 in one envelope, not signed yet.
"""

import argparse
import uuid
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

TEMPLATE = """\
<Message xmlns="urn:example:envelope">
<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
  <Fr><FIId><FinInstnId><BICFI>{sender}</BICFI></FinInstnId></FIId></Fr>
  <To><FIId><FinInstnId><Othr><Id>Hub</Id></Othr></FinInstnId></FIId></To>
  <BizMsgIdr>{message_id}</BizMsgIdr>
  <MsgDefIdr>pacs.008.001.08</MsgDefIdr>
  <CreDt>{now}</CreDt>
</AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">
  <FIToFICstmrCdtTrf>
    <GrpHdr>
      <MsgId>{message_id}</MsgId>
      <CreDtTm>{now}</CreDtTm>
      <NbOfTxs>1</NbOfTxs>
      <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
    </GrpHdr>
    <CdtTrfTxInf>
      <PmtId><EndToEndId>{reference}</EndToEndId><UETR>{uetr}</UETR></PmtId>
      <IntrBkSttlmAmt Ccy="{currency}">{amount}</IntrBkSttlmAmt>
      <IntrBkSttlmDt>{day}</IntrBkSttlmDt>
{limit}      <ChrgBr>SLEV</ChrgBr>
      <Dbtr><Nm>Ada Blue</Nm></Dbtr>
      <DbtrAcct><Id><Othr><Id>7001</Id></Othr></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><BICFI>{sender}</BICFI></FinInstnId></DbtrAgt>
      <CdtrAgt><FinInstnId>{agent}</FinInstnId></CdtrAgt>
      <Cdtr><Nm>{creditor}</Nm></Cdtr>
      <CdtrAcct>{account}</CdtrAcct>
      <RmtInf><Ustrd>invoice 4711</Ustrd></RmtInf>
    </CdtTrfTxInf>
  </FIToFICstmrCdtTrf>
</Document>
</Message>
"""


def message(options: argparse.Namespace, now: datetime) -> str:
    """Return the message as text, for a payment made `now`."""
    expiry = now + timedelta(seconds=options.seconds or 0)
    limit = f"      <SttlmTmReq><RjctTm>{expiry:%H:%M:%S}Z</RjctTm></SttlmTmReq>\n" if options.seconds else ""
    agent = f"<BICFI>{options.to}</BICFI>" if options.to else "<Othr><Id>NOTPROVIDED</Id></Othr>"
    number = escape(options.account or options.mobile.lstrip("+"))
    account = f"<Id><Othr><Id>{number}</Id></Othr></Id>"
    if options.mobile:
        account += f"<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>+{number}</Id></Prxy>"
    return TEMPLATE.format(
        sender=options.sender, message_id=options.id, now=f"{now:%Y-%m-%dT%H:%M:%S}Z", reference="E2E-1",
        uetr=options.uetr, currency=options.currency, amount=options.amount, day=f"{expiry:%Y-%m-%d}",
        limit=limit, agent=agent, creditor=escape(options.name), account=account,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="sender", required=True, help="BIC of the paying bank")
    parser.add_argument("--to", help="BIC of the payee's bank; none if only a mobile number is known")
    parser.add_argument("--account", help="account of the payee")
    parser.add_argument("--mobile", help="mobile number of the payee, instead of an account")
    parser.add_argument("--name", default="Grace Green", help="name of the payee")
    parser.add_argument("--amount", required=True)
    parser.add_argument("--currency", default="KES")
    parser.add_argument("--seconds", type=int, help="life of the payment; none: what the scheme allows")
    parser.add_argument("--id", default=uuid.uuid4().hex, help="BizMsgIdr and MsgId")
    parser.add_argument("--uetr", default=str(uuid.uuid4()), help="id of the payment")
    print(message(parser.parse_args(), datetime.now(UTC)), end="")
