"""Amounts beyond 64 bits survive msgpack, alone and among others, and smaller ones stay plain msgpack."""

import msgspec
import pytest

from schemas.canonical.money import Money
from schemas.canonical.transfer import Transfer
from switch import wide
from switch.engine import Parcel
from tests.unit.switch.scene import Scene, prepare

LARGEST = Money.parse_fspiop("999999999999999999.9999", "USD")


def parcel(amount):
    return Parcel(msgspec.structs.replace(prepare(), amount=amount))


@pytest.mark.parametrize("units", [2**64 - 1, 2**64, LARGEST.units, -LARGEST.units])
def test_a_transfer_of_any_amount_comes_back_as_it_was(units):
    scene = Scene()
    scene.do(prepare())
    transfer = msgspec.structs.replace(scene.transfer(), amount=Money(units, "USD"))
    assert wide.Reader(Transfer).one(wide.encode(transfer)) == transfer


def test_large_and_small_travel_in_one_pack():
    parcels = [parcel(Money(1, "USD")), parcel(LARGEST), parcel(Money(2, "USD"))]
    pack = msgspec.msgpack.encode([msgspec.Raw(wide.encode(each)) for each in parcels])
    assert wide.Reader(Parcel).many(pack) == parcels


def test_a_small_amount_is_plain_msgpack():
    small = parcel(Money(1, "USD"))
    assert wide.encode(small) == msgspec.msgpack.encode(small)


def test_what_is_no_such_value_is_refused():
    with pytest.raises(msgspec.ValidationError):
        wide.Reader(Parcel).many(msgspec.msgpack.encode([1]))
