"""What an edge may ask of the switch answers in time or says so: a database that is away is no defect of a message."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from switch.store.port import StoreDownError

P = ParamSpec("P")
T = TypeVar("T")


def timely(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The call, but a store that is away is a TimeoutError, which edges answer with 503 and Retry-After."""

    @wraps(call)
    async def asked(*given: P.args, **named: P.kwargs) -> T:
        try:
            return await call(*given, **named)
        except StoreDownError as error:
            raise TimeoutError(str(error)) from error

    return asked
