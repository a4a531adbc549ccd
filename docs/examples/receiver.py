"""Receive the hub's messages.

    python3 receiver.py PORT FOLDER HUB-CERTIFICATE.pem

Verifies each signature and keeps each message as FOLDER/<number>.<definition>.<word>.xml, the word being the status of
a pacs.002. Any 2xx tells the hub that the message is kept.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from lxml import etree
from signxml import XMLVerifier
from signxml.exceptions import InvalidSignature

NUMBERS = count(1)


class Receiver(BaseHTTPRequestHandler):
    """Takes POST of application/xml."""

    folder: Path
    certificate: str

    def do_POST(self) -> None:
        """Keep a message whose signature is the hub's."""
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            # What is read further is what was signed, not what came in.
            message = XMLVerifier().verify(body, x509_cert=self.certificate).signed_xml
        except InvalidSignature as error:
            self.send_error(400, str(error)[:100])
            return
        definition = message.findtext("{*}AppHdr/{*}MsgDefIdr")
        word = message.findtext(".//{*}TxSts") or message.findtext(".//{*}GrpSts") or "-"
        name = f"{next(NUMBERS):03}.{definition}.{word}.xml"
        (self.folder / f"{name}.part").write_bytes(etree.tostring(message))
        (self.folder / f"{name}.part").rename(self.folder / name)
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the folder tells."""


if __name__ == "__main__":
    port, folder, certificate = sys.argv[1:]
    Receiver.folder, Receiver.certificate = Path(folder), Path(certificate).read_text()
    Receiver.folder.mkdir(parents=True, exist_ok=True)
    ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver).serve_forever()
