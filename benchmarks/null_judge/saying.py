"""How to have the null judge say what another library takes for a verdict. Standard library only."""

import base64


def saying(url: str, text: str) -> str:
    """The base URL, out of the judge's own, at which everything is answered with `text`."""
    return f"{url.removesuffix('/v1')}/say/{base64.urlsafe_b64encode(text.encode()).decode()}/v1"
