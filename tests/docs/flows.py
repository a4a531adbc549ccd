"""Which ISO 20022 messages the hub acts upon: their direction, their flow, and the tests that play it."""

from typing import Final, NamedTuple


class Flow(NamedTuple):
    """`direction` as the hub sees it; `played` names the tests of tests/e2e, without `test_` and `.py`."""

    direction: str
    flow: str
    played: str

    @property
    def tests(self) -> list[str]:
        """The files below the folder `tests`."""
        return [f"e2e/test_{name}.py" for name in self.played.split()]


IN, OUT, BOTH = "in", "out", "in, out"

FLOWS: Final = {
    "head.001": Flow(BOTH, "header of every message", "iso_headers"),
    "pacs.008": Flow(
        BOTH, "customer credit transfer, one or many", "bank_contract journeys_bank_pays many_payments"
    ),
    "pacs.002": Flow(
        BOTH, "status of payments, returns, transfers and settlements",
        "bank_contract_answers many_answers status_requests settlement_agent",
    ),
    "pacs.003": Flow(IN, "direct debit: refused, AG01", "institutions"),
    "pacs.004": Flow(BOTH, "return, in full or in part, one or many", "returns returns_restart many_returns"),
    "pacs.007": Flow(
        BOTH, "reversal by the bank that was paid, in full or in part, one or many", "reversals sandbox_returns"
    ),
    "pacs.009": Flow(
        BOTH, "transfer between institutions; single bookings of a settlement agent", "institutions settlement_agent"
    ),
    "pacs.010": Flow(BOTH, "in: refused, AG01; out: debits by a settlement agent", "institutions settlement_agent"),
    "pacs.028": Flow(BOTH, "request for a status", "status_requests"),
    "pacs.029": Flow(OUT, "net settlement, to the settlement agent", "settlement_agent settlement_agent_restart"),
    "pain.001": Flow(
        IN, "order of a customer, one or many, in files too, signed or not",
        "initiation orders_restart files signed_files",
    ),
    "pain.002": Flow(OUT, "report on an order", "initiation"),
    "pain.007": Flow(IN, "reversal of debits: refused, AG01", "initiation"),
    "pain.008": Flow(IN, "order of direct debits: refused, AG01", "initiation"),
    "pain.013": Flow(BOTH, "request to pay", "request_to_pay"),
    "pain.014": Flow(BOTH, "answer to a request to pay", "request_to_pay"),
    "camt.003": Flow(IN, "question about balances", "reporting"),
    "camt.004": Flow(OUT, "balances; floor and ceiling notices", "reporting"),
    "camt.005": Flow(IN, "question about payments", "reporting"),
    "camt.006": Flow(OUT, "payments", "reporting"),
    "camt.010": Flow(OUT, "limits and their use", "reporting"),
    "camt.011": Flow(IN, "order to change a limit of one's own", "reporting"),
    "camt.025": Flow(OUT, "receipt of a question or an order", "reporting"),
    "camt.026": Flow(BOTH, "case: unable to apply", "cases"),
    "camt.027": Flow(BOTH, "case: claim of non-receipt", "cases cases_returns"),
    "camt.028": Flow(BOTH, "case: additional information", "cases"),
    "camt.029": Flow(BOTH, "answer to a case", "cases cases_returns"),
    "camt.050": Flow(IN, "order to move liquidity", "reporting"),
    "camt.052": Flow(OUT, "report of an account within the day", "reporting sandbox_reports"),
    "camt.053": Flow(BOTH, "statement of a business day; in: of a settlement agent", "statements reconciliation"),
    "camt.054": Flow(BOTH, "notice of a movement; in: of a settlement agent", "reporting settlement_agent"),
    "camt.055": Flow(BOTH, "withdrawal of an order, becomes a recall; of a request to pay", "cases request_withdrawn"),
    "camt.056": Flow(BOTH, "recall, one or many", "cases cases_returns many_returns"),
    "camt.060": Flow(IN, "request for a report", "reporting"),
    "camt.087": Flow(BOTH, "case: request to modify", "cases"),
    "camt.110": Flow(BOTH, "investigation", "cases"),
    "camt.111": Flow(BOTH, "answer to an investigation", "cases"),
    "acmt.023": Flow(BOTH, "verification of a payee", "verification"),
    "acmt.024": Flow(BOTH, "result of a verification", "verification"),
    "admi.002": Flow(BOTH, "a message that cannot be taken", "bank_contract_rejects"),
    "admi.004": Flow(BOTH, "system event: sign-on, sign-off, echo, broadcast, heartbeat", "system_messages heartbeats"),
    "admi.006": Flow(IN, "request to send messages again", "system_messages"),
    "admi.007": Flow(OUT, "receipt of a message", "system_messages"),
    "admi.011": Flow(BOTH, "acknowledgement of a system event", "system_messages heartbeats"),
}
"""Message -> what the hub does with it."""
