"""How an attempt fails."""

from rubrics.cause import Cause


class BackendError(Exception):
    """An attempt that brought no reply. The message never quotes a prompt or a secret."""

    def __init__(
        self, cause: Cause, detail: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
        self.retryable = retryable
        """Whether the same request may succeed later, or elsewhere."""
        self.retry_after = retry_after
        """Seconds to wait first, as the server asked; None when it did not."""
