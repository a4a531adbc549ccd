"""An order outlives the hub: killed in the middle of it, the hub pays each payment once and reports the whole once."""

import time

import pytest

from tests.e2e.bank_side import Bank, bic
from tests.e2e.hub import running_hub
from tests.e2e.pain_side import answers, ask, asked_of, batch, message_id, order, report, reports, say, transfer

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
COUNT = 60


def test_a_hub_that_was_killed_goes_on_with_orders_and_requests(tmp_path):
    with running_hub(tmp_path) as hub:
        bank, creditor = Bank(hub, "killedbank", "KILLKENA"), Bank(hub, "killedcreditor", "KILCKENA")
        creditor.accept_all()
        transfers = [transfer(bic(creditor.bic), f"E{number}", amount="1.00") for number in range(COUNT)]
        document = order(batch(bank, *transfers))
        asked = ask(creditor, bic(bank.bic))
        creditor.send(asked.text)
        shown = asked_of(bank, asked.e2e)
        bank.send(document)
        report(bank, message_id(document))
        creditor.listener.wait(lambda m: b"<FIToFICstmrCdtTrf" in m.body)
        hub.kill()
        hub.start()
        final = report(bank, message_id(document), 2)
        assert final.transfers == {f"E{number}": ("ACSC", "") for number in range(COUNT)}
        assert hub.position(bank.name) == COUNT
        say(bank, shown, "ACCP")
        assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("ACCP", "")}
        time.sleep(0.3)
        finals = {told.body for told in reports(bank, message_id(document)) if told.transfers}
        assert len(finals) == 1
