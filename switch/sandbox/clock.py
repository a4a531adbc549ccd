"""The sandbox's clock: the moment now in the forms that message elements and HTTP headers want."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def iso_moment(moment: datetime) -> str:
    """ISODateTime and FSPIOP DateTime: milliseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def later(seconds: float) -> datetime:
    """The moment that is so many seconds away."""
    return now() + timedelta(seconds=seconds)
