"""Settlement: windows that cut the stream of payments, and settlements that carry their nets, account by account.

Words and states are those of the Settlement API v2 (behaviour reference section 16). Units are 10^-4 of a currency;
a positive net is owed by the account, a negative one is owed to it.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId


class WindowState(StrEnum):
    """Where a window stands, or one content of it. FAILED: its nets do not sum to zero, which only a defect can do."""

    OPEN = "OPEN"
    PROCESSING = "PROCESSING"
    CLOSED = "CLOSED"
    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    SETTLED = "SETTLED"
    ABORTED = "ABORTED"
    FAILED = "FAILED"


class SettlementState(StrEnum):
    """Where a settlement stands, or one account of it."""

    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    PS_TRANSFERS_RECORDED = "PS_TRANSFERS_RECORDED"
    PS_TRANSFERS_RESERVED = "PS_TRANSFERS_RESERVED"
    PS_TRANSFERS_COMMITTED = "PS_TRANSFERS_COMMITTED"
    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    ABORTED = "ABORTED"


class Net(msgspec.Struct, frozen=True):
    """What one account owes (positive) or is owed."""

    account: int
    units: int


class Obligation(msgspec.Struct, frozen=True):
    """What one account owes another one, where a model settles between pairs."""

    debtor: int
    creditor: int
    units: int


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a window holds of one ledger account type and currency: one model settles it as a whole."""

    id: int
    ledger_account_type: str
    currency: str
    state: WindowState
    nets: tuple[Net, ...]
    created: datetime
    changed: datetime
    obligations: tuple[Obligation, ...] = ()
    settlement: int | None = None


class SettlementWindow(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement_window"):
    """The committed legs between two closes. Exactly one window is OPEN; contents are there once it is CLOSED."""

    id: int
    state: WindowState
    created: datetime
    changed: datetime
    reason: str = ""
    contents: tuple[Content, ...] = ()

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return str(self.id)

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return not (self.state is WindowState.SETTLED or (self.state is WindowState.CLOSED and not self.contents))


class Cycle(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="cycle"):
    """What the ledger counts of settlement: the window that is open, whether a leg is in it, and the last ids given."""

    window: int = 1
    filled: bool = False
    contents: int = 0
    settlements: int = 0

    @property
    def key(self) -> str:
        """There is one."""
        return CYCLE


CYCLE = "ledger"
"""The key of the one Cycle."""


class SettlementAccount(msgspec.Struct, frozen=True, omit_defaults=True):
    """One account of a settlement with its net; `participant` is the owner's number in the API."""

    account: int
    owner: FspId
    participant: int
    currency: str
    units: int
    state: SettlementState
    changed: datetime
    reason: str = ""
    external_reference: str = ""


class Settlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="settlement"):
    """The nets of some windows under one model, on their way to being settled.

    `resets`: positions follow the states (autoPositionReset); `raises_caps`: a recipient's cap gives way
    (requireLiquidityCheck). Both are the model's as they were at creation. `contents` are what it took of its windows.
    """

    id: int
    model: str
    state: SettlementState
    reason: str
    created: datetime
    changed: datetime
    windows: tuple[int, ...]
    contents: tuple[int, ...]
    accounts: tuple[SettlementAccount, ...]
    resets: bool = False
    raises_caps: bool = False
    obligations: tuple[Obligation, ...] = ()

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return str(self.id)

    @property
    def open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state not in {SettlementState.SETTLED, SettlementState.ABORTED}


class OpenWindow(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="open_window"):
    """Open the first window of a clean install; does nothing where there is one."""


class CloseWindow(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="close_window"):
    """Turn to the next window (POST /settlementWindows/{id}): what commits from here on belongs to that one."""

    window: int
    reason: str


class PostNets(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="post_nets"):
    """What the entries of a closed window add up to, as computed beside the lane; zero nets stand for turnover."""

    window: int
    nets: tuple[Net, ...]
    obligations: tuple[Obligation, ...] = ()


class CreateSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="create_settlement"):
    """Settle what a model has in these windows (POST /settlements), of some currencies or of all (none given)."""

    model: str
    reason: str
    windows: tuple[int, ...]
    currencies: tuple[str, ...] = ()


class Move(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state that one account of a settlement shall have; `participant` is its owner's number."""

    participant: int
    account: int
    state: SettlementState
    reason: str = ""
    external_reference: str = ""


class UpdateSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="update_settlement"):
    """Move accounts of a settlement on (PUT /settlements/{id} and below); the receipt has a note for each move."""

    settlement: int
    moves: tuple[Move, ...]


class AbortSettlement(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="abort_settlement"):
    """Give a settlement up (PUT /settlements/{id} with state ABORTED): its windows can be settled again."""

    settlement: int
    reason: str
    external_reference: str = ""


SettlementCommand = OpenWindow | CloseWindow | PostNets | CreateSettlement | UpdateSettlement | AbortSettlement
"""Commands about windows and settlements; the ledger lane decides them all."""
