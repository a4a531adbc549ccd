"""Random traffic in random order: whatever comes, money is kept, limits hold and each transfer ends once."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical.commands import Expire
from schemas.canonical.events import Aborted, Committed, Role
from schemas.canonical.identity import TransferId
from schemas.canonical.participants import AccountType, LedgerAccount
from schemas.canonical.transfer import Transfer, TransferState
from tests.unit.switch.scene import (
    EXPIRY,
    NOW,
    OTHER,
    OTHER_FULFILMENT,
    PAYEE,
    PAYER,
    Scene,
    fulfil,
    prepare,
    query,
    reject,
)

FSPS = (PAYER, PAYEE, OTHER)
IDS = [TransferId(f"b51ec534-ee48-4575-b6a9-ead2955b80{number:02}") for number in range(4)]


def about(command, key):
    return msgspec.structs.replace(command, transfer_id=key)


def pay(key, payer, payee, amount, content):
    sent = f"{payer}{payee}{amount}{content}"
    return prepare(payer=payer, payee=payee, amount=amount, content=sent, transfer_id=key)


def accept(key, word, sender, content):
    return about(fulfil(word, sender=sender, receiver=None, content=content), key)


def guess(key, sender):
    return about(fulfil(fulfilment=OTHER_FULFILMENT, sender=sender, receiver=None, content="w"), key)


ids = st.sampled_from(IDS)
fsps = st.sampled_from(FSPS)
contents = st.sampled_from("xy")
commands = st.one_of(
    st.builds(pay, ids, fsps, fsps, st.sampled_from([1, 200, 300, 501]), contents),
    st.builds(accept, ids, st.sampled_from(["RESERVED", "COMMITTED"]), fsps, contents),
    st.builds(guess, ids, fsps),
    st.builds(lambda key, sender, content: about(reject(sender, None, content), key), ids, fsps, contents),
    st.builds(lambda key, sender: about(query(sender), key), ids, fsps),
    st.builds(lambda key: Expire("transfer", key), ids),
    st.just("late"),
)


def play(traffic):
    """Do it all, one command a batch; at the end let everything expire."""
    scene, batches = Scene(), []
    for command in [*traffic, "late", *(Expire("transfer", key) for key in IDS)]:
        if command == "late":
            scene.now = EXPIRY if scene.now == NOW else scene.now
        else:
            batches.append(scene.do(command))
    return scene, batches


@given(st.lists(commands, max_size=40))
def test_entries_cancel_out_and_explain_each_balance(traffic):
    scene, batches = play(traffic)
    entries = [entry for batch in batches for entry in batch.entries]
    assert (
        sum(one.debits_pending + one.debits_posted - one.credits_pending - one.credits_posted for one in entries) == 0
    )
    for account in scene.resident.all(LedgerAccount):
        mine = [entry for entry in entries if entry.account == account.id]
        moved = sum(one.debits_pending + one.debits_posted - one.credits_posted for one in mine)
        if account.type is AccountType.POSITION:
            assert account.value == moved


@given(st.lists(commands, max_size=40))
def test_after_the_last_expiry_nothing_is_pending_and_positions_sum_to_zero(traffic):
    scene, _ = play(traffic)
    positions = [one for one in scene.resident.all(LedgerAccount) if one.type is AccountType.POSITION]
    assert all(one.debits_pending == one.credits_pending == 0 for one in positions)
    assert sum(one.value for one in positions) == 0
    assert all(transfer.final for transfer in scene.resident.all(Transfer))


@given(st.lists(commands, max_size=40))
def test_no_reservation_passes_cover_or_cap(traffic):
    _, batches = play(traffic)
    for entry in (entry for batch in batches for entry in batch.entries if entry.cover is not None):
        assert entry.value <= entry.cover
        assert entry.value <= entry.cap


@given(st.lists(commands, max_size=40))
def test_each_transfer_ends_once_and_its_payer_learns_it_once(traffic):
    scene, batches = play(traffic)
    ends = {}
    for event in (event for batch in batches for event in batch.events):
        body = event.body
        if isinstance(body, Committed | Aborted) and body.role is Role.PAYER:
            ends.setdefault(body.transfer.id, []).append(body.transfer.state)
    assert ends == {transfer.id: [transfer.state] for transfer in scene.resident.all(Transfer)}


@given(st.lists(commands, max_size=40))
def test_what_is_final_stays_as_it_is(traffic):
    scene, seen = Scene(), {}
    for command in traffic:
        if command == "late":
            scene.now = EXPIRY
            continue
        scene.do(command)
        for transfer in scene.resident.all(Transfer):
            if transfer.final:
                assert seen.setdefault(transfer.id, transfer) == transfer
    assert all(transfer.state in {TransferState.COMMITTED, TransferState.ABORTED} for transfer in seen.values())
