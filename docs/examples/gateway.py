"""Speak with the hub over NATS instead of HTTP.

    python3 gateway.py LOGIN.json send SIGNED.xml
    python3 gateway.py LOGIN.json take FOLDER

Needs `pip install nats-py`. LOGIN.json is what `GET /participants/{name}/iso/nats` answers. `take` waits for one
message and keeps it as FOLDER/<BizMsgIdr>.xml; its signature is checked as in receiver.py.
"""

import asyncio
import json
import sys
from pathlib import Path

import nats


async def connect(login: dict) -> nats.NATS:
    """Return a connection that may do what the bank may."""
    prefix = login["inboxPrefix"].encode()
    return await nats.connect(login["url"], user=login["user"], password=login["password"], inbox_prefix=prefix)


async def send(login: dict, message: bytes) -> str:
    """Send one message; return the status and the body that HTTP would have given."""
    client = await connect(login)
    answer = await client.request(login["in"], message, timeout=20)
    await client.close()
    return f"{answer.headers['Http-Status']} {answer.data.decode()}"


async def take(login: dict, folder: Path) -> Path:
    """Wait for a message, keep it, and only then acknowledge it: an acknowledged message does not come again."""
    client = await connect(login)
    waiting = await client.jetstream().pull_subscribe_bind(consumer=login["consumer"], stream=login["stream"])
    while True:
        try:
            (message,) = await waiting.fetch(1, timeout=5)
            break
        except nats.errors.TimeoutError:
            continue
    path = folder / f"{message.headers['BizMsgIdr']}.xml"
    path.write_bytes(message.data)
    await message.ack_sync()
    await client.close()
    return path


if __name__ == "__main__":
    known, verb, name = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], Path(sys.argv[3])
    print(asyncio.run(send(known, name.read_bytes()) if verb == "send" else take(known, name)))
