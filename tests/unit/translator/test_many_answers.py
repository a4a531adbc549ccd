"""A report about many payments is cut into what it says of each; a group status stands where a transaction has none."""

from iso.messages.pacs002 import GroupStatus, Pacs002, TransactionStatus
from translator.iso.many_answers import each_alone


def report(transactions: tuple[TransactionStatus, ...] = (), groups: tuple[GroupStatus, ...] = ()) -> Pacs002:
    return Pacs002(message_id="R", created="2026-11-20T08:00:00Z", transactions=transactions, groups=groups)


def group(name: str, status: str | None = None) -> GroupStatus:
    return GroupStatus(original_message_id=name, original_message_name="pacs.008.001.08", status=status)


def one(uetr: str, message: str | None = None) -> TransactionStatus:
    return TransactionStatus(original_uetr=uetr, original_message_id=message, status="ACSC")


def said(message: Pacs002) -> list[tuple[list[str | None], list[str]]]:
    """Per part the payments and the messages it is about."""
    return [
        ([each.original_uetr for each in part.transactions], [each.original_message_id for each in part.groups])
        for part in each_alone(message)
    ]


def test_a_report_about_one_stays_as_it_is():
    for message in (report(), report((one("a"),)), report((one("a", "X"),), (group("Y"),)), report((), (group("X"),))):
        assert each_alone(message) == (message,)


def test_transactions_go_with_the_message_they_name_or_the_only_one():
    assert said(report((one("a"), one("b", "X")), (group("X", "PART"),))) == [(["a"], ["X"]), (["b"], ["X"])]
    parts = said(report((one("a", "Y"), one("b")), (group("X", "PART"), group("Y", "ACSP"))))
    assert parts == [(["a"], ["Y"]), (["b"], [])]


def test_a_message_whose_transactions_are_not_named_is_a_part_of_its_own():
    parts = said(report((one("a", "X"),), (group("X", "ACSP"), group("Y", "RJCT"), group("Z", "PART"), group("W"))))
    assert parts == [(["a"], ["X"]), ([], ["Y"])]
