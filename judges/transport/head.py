"""The status line and header fields of a response."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from judges.transport import failures


class Headers:
    """Header fields by name, in any case. Repeated ones are joined by commas (RFC 9110, 5.3)."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[bytes, bytes]) -> None:
        self._fields = fields
        """Names in lower case."""

    def get(self, name: str, default: str = "") -> str:
        """The value of a field, or `default`."""
        found = self._fields.get(name.lower().encode())
        return default if found is None else found.decode("latin-1")


class Head:
    """What comes before the body, checked by llhttp: one length, no folding, no stray characters."""

    __slots__ = ("_parser", "fields", "keeps_alive", "status")

    def __init__(self, data: bytes) -> None:
        """Read a head up to and including its empty line. Raises BackendError."""
        if not data.startswith(b"HTTP/"):
            raise failures.not_http("it does not begin with HTTP/")
        self.fields: dict[bytes, bytes] = {}
        """By name in lower case."""
        self.keeps_alive = False
        """Whether the server says that the connection goes on."""
        self._parser = parser = HttpResponseParser(self)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            raise failures.not_http("it switches protocols") from None
        except HttpParserError as error:
            raise failures.not_http(f"{error!s:.60}") from None
        self.status = parser.get_status_code()
        del self._parser  # or the two hold each other until the garbage collector comes

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field from the parser."""
        name = name.lower()
        earlier = self.fields.get(name)
        self.fields[name] = value if earlier is None else b"%b, %b" % (earlier, value)

    def on_headers_complete(self) -> None:
        """Ask the parser while it still knows: a response without a body makes it forget."""
        self.keeps_alive = self._parser.should_keep_alive()
