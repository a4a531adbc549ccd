"""Callback URLs: placeholders filled from the path, base URLs extended by it, queries kept."""

import pytest

from switch.endpoints import url_for

ROWS = [
    ("FSPIOP_CALLBACK_URL_TRANSFER_POST", "http://a/transfers", "/transfers", "http://a/transfers"),
    ("FSPIOP_CALLBACK_URL_TRANSFER_PUT", "http://a/transfers/{{transferId}}", "/transfers/7", "http://a/transfers/7"),
    ("FSPIOP_CALLBACK_URL_TRANSFER_ERROR", "http://a/{{ transferId }}/error", "/transfers/7/error", "http://a/7/error"),
    ("FSPIOP_CALLBACK_URL_TRANSFER_PUT", "http://a/{{ID}}/{{id}}", "/transfers/7", "http://a/7/7"),
    ("FSPIOP_CALLBACK_URL_QUOTES", "http://a/", "/quotes/7/error", "http://a/quotes/7/error"),
    (
        "FSPIOP_CALLBACK_URL_PARTIES_GET",
        "http://a/parties/{{partyIdType}}/{{partyIdentifier}}",
        "/parties/MSISDN/27%2F1?currency=USD",
        "http://a/parties/MSISDN/27%2F1?currency=USD",
    ),
    (
        "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_PUT",
        "http://a/{{partyIdType}}/{{partyIdentifier}}/{{partySubIdOrType}}",
        "/parties/BUSINESS/acme/SHOP",
        "http://a/BUSINESS/acme/SHOP",
    ),
    ("FSPIOP_CALLBACK_URL_PARTICIPANT_BATCH_PUT", "http://a/{{requestId}}", "/participants/9", "http://a/9"),
    ("FSPIOP_CALLBACK_URL_TRANSFER_PUT", "http://a/{{unknown}}", "/transfers/7", "http://a/{{unknown}}"),
    ("FSPIOP_CALLBACK_URL_TRANSFER_PUT", "http://a/fixed", "/transfers/7", "http://a/fixed"),
]


@pytest.mark.parametrize(("kind", "template", "path", "wanted"), ROWS)
def test_the_url_of_a_message(kind, template, path, wanted):
    assert url_for(kind, template, path) == wanted
