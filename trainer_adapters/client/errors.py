"""What an adapter raises.

GavelError
- InvalidSetting: a setting that cannot be; nothing was sent
- Refused: the server, or this client for it, says that the request is a mistake
- Unreachable: no usable answer until the deadline, where no rollout can be left unscored instead
- TooManyUnscored: so many of the recent rollouts are holes that it would be training on nothing
"""

from __future__ import annotations


class GavelError(Exception):
    """Base of all that is raised here."""


class InvalidSetting(GavelError, ValueError):
    """A setting has a value that cannot be, or a name that there is not."""


class Refused(GavelError):
    """A mistake in the request, the URL or the token: trying again cannot help."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        path: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, status, code, path, hint)
        self.message = message
        self.status = status
        """HTTP status; None where nothing was sent."""
        self.code = code
        """The server's word for it, such as `invalid_field`."""
        self.path = path
        """Where in the request, such as `$.rollouts[3].completion`."""
        self.hint = hint
        """What to do."""

    def __reduce__(self) -> tuple[object, ...]:
        return _refused, self.args

    def __str__(self) -> str:
        about = " ".join(str(part) for part in (self.status, self.code) if part is not None)
        place = f" at {self.path}" if self.path else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{about}{': ' if about else ''}{self.message}{place}{advice}"


def _refused(
    message: str, status: int | None, code: str | None, path: str | None, hint: str | None
) -> Refused:
    return Refused(message, status=status, code=code, path=path, hint=hint)


class Unreachable(GavelError):
    """No usable answer until the deadline, or within the tries there are."""


class TooManyUnscored(GavelError):
    """More of the recent rollouts were unscored than `max_unscored_fraction` allows."""
