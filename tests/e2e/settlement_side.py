"""An operator of settlement, who knows the Settlement API v2, and a payment in a line."""

import json
import time
from decimal import Decimal

from tests.e2e.fspiop_hub import error_of
from tests.e2e.hub import WAIT_S

STEPS = ("PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED", "PS_TRANSFERS_COMMITTED", "SETTLED")
MODEL = "DEFERREDNET"


class Desk:
    """An operator of settlement."""

    def __init__(self, hub):
        self.hub = hub

    def call(self, method, path, body=None):
        return self.hub.operate(method, f"/v2{path}", body, ok=False)

    def get(self, path):
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=Decimal)

    def refused(self, method, path, body=None):
        """The error as `code text` without the text of the code."""
        response = self.call(method, path, body)
        assert response.status_code == 400, response.text
        told = error_of(response.content)
        return f"{told.code} {told.text.partition(' - ')[2]}"

    @property
    def window(self):
        """The id of the open window."""
        (found,) = self.get("/settlementWindows?state=OPEN")
        return found["settlementWindowId"]

    def close(self):
        """Close the open window; its id."""
        closing = self.window
        response = self.call("POST", f"/settlementWindows/{closing}", {"state": "CLOSED", "reason": "end of day"})
        assert (response.status_code, response.json()["state"]) == (200, "OPEN"), response.text
        assert response.json()["id"] == closing + 1
        return closing

    def netted(self, window):
        """A closed window once its nets are there."""
        until = time.monotonic() + WAIT_S
        while True:
            found = self.get(f"/settlementWindows/{window}")
            if found["state"] != "PROCESSING" or time.monotonic() > until:
                return found
            time.sleep(0.05)

    def clear(self):
        """Settle whatever is in the open window."""
        closing = self.window
        response = self.call("POST", f"/settlementWindows/{closing}", {"state": "CLOSED", "reason": "clear"})
        if response.status_code == 200:
            settlement = self.settle(closing)
            for step in STEPS:
                self.move(settlement, step)

    def settle(self, *windows, model=MODEL):
        response = self.call("POST", "/settlements", wanted([{"id": one} for one in windows], model))
        assert response.status_code == 200, response.text
        return response.json()

    def move(self, settlement, state, *only):
        """Move every account of a settlement, or those of some participants; the answer."""
        change = {"state": state, "reason": state}
        listed = [
            {"id": one["id"], "accounts": [{"id": each["id"], **change} for each in one["accounts"]]}
            for one in settlement["participants"]
            if one["id"] in only or not only
        ]  # fmt: skip
        response = self.call("PUT", f"/settlements/{settlement['id']}", {"participants": listed})
        assert response.status_code == 200, response.text
        return response.json()

    def multilateral(self, currency="USD"):
        return Decimal(str(self.hub.account("Hub", "HUB_MULTILATERAL_SETTLEMENT", currency)["value"]))


def wanted(windows, model=MODEL):
    return {"settlementModel": model, "reason": "x", "settlementWindows": windows}


def paid(payer, payee, units="10"):
    transfer = payer.pay(payee, units)
    assert payee.fulfil(transfer, payer).status_code == 200
    payer.gets("PUT", f"/transfers/{transfer}")


def position(dfsp):
    return dfsp.hub.position(dfsp.name)
