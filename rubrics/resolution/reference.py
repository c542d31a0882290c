"""What `extends` and `use` name: `standards.yaml`, `standards.yaml#cites`, `catalog:NAME#cites`."""

import msgspec

CATALOG = "catalog:"


class Reference(msgspec.Struct, frozen=True):
    """A rubric, and perhaps one of its criteria."""

    rubric: str
    """A path relative to the file that names it, or `catalog:NAME`."""
    criterion: str | None = None
    """None: all of them."""

    @property
    def of_catalog(self) -> bool:
        """Whether it names a rubric of the catalog."""
        return self.rubric.startswith(CATALOG)


def reference(text: str) -> Reference:
    """Take a reference apart. What is missing in it is empty."""
    rubric, mark, criterion = text.rpartition("#")
    return Reference(rubric, criterion) if mark else Reference(text)
