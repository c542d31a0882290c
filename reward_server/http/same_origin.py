"""Whether a request comes from a page of this server: others must not have a browser act for its user.

A page elsewhere can have a browser send a form, or plain text, to any server with what the browser knows of
it. Browsers say truthfully where a request comes from; a page cannot write these headers itself.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from reward_server.http.guard import host_name
from reward_server.wire.status import RequestError


def refuse_other_origins(request: Request, *, any_host: bool = False) -> None:
    """Raise RequestError unless the request comes from a page of this server.

    `any_host`: the server answers for every host name, so that a foreign name may have been made to lead here
    (DNS rebinding) and be its own origin. Only names that cannot be made so count then.
    """
    host = request.headers.get("host", "").lower()
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        raise _refused(
            "it does not say which page it comes from", "send `Origin: http://HOST:PORT`, this server's"
        )
    if site not in (None, "same-origin") or (origin is not None and not _is_ours(origin, host, site)):
        raise _refused("it comes from another page than this server's")
    if any_host and not _is_no_name(host_name(host)):
        hint = "open the dashboard by its address, or serve it with --allowed-host NAME in place of `*`"
        raise _refused("the host it names may be anybody's", hint)


def _is_ours(origin: str, host: str, site: str | None) -> bool:
    """Whether an origin is this server, by whichever scheme a proxy speaks."""
    if origin == "null":  # a form of a page that sends no referrer; `site` tells ours from others
        return site == "same-origin"
    try:
        found = urlsplit(origin.lower())
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(host) and found.netloc == host


def _is_no_name(name: str) -> bool:
    """Whether it is an address, or the one name that resolvers keep for this machine."""
    if name == "localhost":
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _refused(why: str, hint: str | None = None) -> RequestError:
    return RequestError("forbidden_origin", f"this request is not answered: {why}", hint=hint)
