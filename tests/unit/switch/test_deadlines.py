"""The heap gives deadlines when due, oldest first, and forgets what was closed or moved."""

from datetime import timedelta

import msgspec

from schemas.canonical.commands import Expire
from schemas.canonical.transfer import Transfer, TransferState
from switch.deadlines import Deadlines
from tests.contract.samples import START, decide, prepare, transfer_id


def at(seconds: float):
    return START + timedelta(seconds=seconds)


def test_due_ones_come_out_once_oldest_first_and_no_more_than_asked():
    deadlines = Deadlines((at(n), Expire("transfer", str(n))) for n in (3, 1, 2, 9))
    assert [expire.key for _, expire in deadlines.due(at(5), 2)] == ["1", "2"]
    assert [expire.key for _, expire in deadlines.due(at(5), 2)] == ["3"]
    assert deadlines.due(at(5), 2) == []
    assert deadlines.next() == at(9)


def test_a_final_transfer_is_forgotten():
    deadlines = Deadlines()
    (transfer,) = (record for record in decide([prepare(1, life_s=5)]).puts if isinstance(record, Transfer))
    deadlines.learn([transfer])
    assert deadlines.next() == transfer.expiry
    deadlines.learn([msgspec.structs.replace(transfer, state=TransferState.COMMITTED)])
    assert deadlines.next() is None and len(deadlines) == 0


def test_a_moved_deadline_counts_at_its_new_time_only():
    deadlines = Deadlines([(at(1), Expire("transfer", transfer_id(1)))])
    deadlines.put(at(8), Expire("transfer", transfer_id(1)))
    assert deadlines.due(at(5), 10) == []
    assert deadlines.due(at(8), 10) == [(at(8), Expire("transfer", transfer_id(1)))]
