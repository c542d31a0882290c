"""What a chat template adds to the texts of a prompt."""

import msgspec


class Template(msgspec.Struct, frozen=True):
    """Tokens that a chat template adds."""

    before: float = 6.0
    """Ahead of everything."""
    after: float = 4.0
    """After the question."""
    between: float = 6.0
    """With each two messages that follow."""


CHAT = Template()
"""A typical one."""
NONE = Template(0.0, 0.0, 0.0)
"""For texts whose given sizes hold the template's tokens already."""
