"""URLs of pages: all of a page's state stands in its URL."""

from urllib.parse import quote, urlencode

import msgspec

Parameter = str | float | bool | None


def href(path: str, /, **parameters: Parameter) -> str:
    """A relative URL. Parameters that are None are left out; those in braces in the path go there."""
    said = {name: _text(value) for name, value in parameters.items() if value is not None}
    for name in list(said):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(said.pop(name), safe=""))
    return f"{path}?{urlencode(said)}" if said else path


def changed(path: str, query: msgspec.Struct, /, **changes: Parameter) -> str:
    """The URL of a page with some of its state changed. What is as it is anyway is left out."""
    usual = {field.name: field.default for field in msgspec.structs.fields(query)}
    state = {**msgspec.structs.asdict(query), **changes}
    return href(path, **{name: value for name, value in state.items() if value != usual[name]})


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
