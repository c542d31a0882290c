"""A picture with two axes, as SVG. Whatever is drawn is placed by its numbers, not by pixels."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from reward_server.report.markup import Markup, element, joined
from reward_server.report.scale import Scale

Point = tuple[float, float]


class Plot(msgspec.Struct, frozen=True):
    """Two scales and the box, in pixels, that they span."""

    across: Scale
    up: Scale
    width: float = 520
    """Of the whole picture."""
    height: float = 260
    """Of the box."""
    left: float = 62
    right: float = 18
    top: float = 12
    below: float = 0
    """Room between the box and the labels under it."""
    write_x: Callable[[float], str] = "{:,g}".format
    write_y: Callable[[float], str] = "{:,g}".format

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return self.left + self.across.share(value) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.top + (1 - self.up.share(value)) * self.height

    @property
    def floor(self) -> float:
        """Where the box ends, from the top."""
        return self.top + self.height

    def line(self, start: Point, end: Point, kind: str) -> Markup:
        """A straight line."""
        (x1, y1), (x2, y2) = (self._place(each) for each in (start, end))
        return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)

    def path(self, points: Sequence[Point], kind: str) -> Markup:
        """A line through points; points that fall on the same pixels are drawn once."""
        places = dict.fromkeys("{:.1f} {:.1f}".format(*self._place(each)) for each in points)
        return element("path", d="M" + "L".join(places), class_=kind)

    def area(self, points: Sequence[Point], kind: str) -> Markup:
        """What lies between a line through points and the floor."""
        (start, _), (end, _) = points[0], points[-1]
        places = ("{:.1f} {:.1f}".format(*self._place(each)) for each in points)
        sides = (f"{self.x(start):.1f} {self.floor:g}", *places, f"{self.x(end):.1f} {self.floor:g}")
        return element("path", d=f"M{'L'.join(sides)}Z", class_=kind)

    def bar(self, low: float, high: float, value: float, kind: str, title: str) -> Markup:
        """A bar from the floor, with a hair's breadth left free beside it."""
        left, right, top = self.x(low), self.x(high), self.y(value)
        words = element("title", title)
        width = max(1.0, right - left - 1)
        return element("rect", words, x=left, y=top, width=width, height=self.floor - top, class_=kind)

    def dot(self, point: Point, radius: float, kind: str, *title: str) -> Markup:
        """A circle, with a title that a browser shows when it is pointed at."""
        across, down = self._place(point)
        inside = element("title", *title) if title else joined(())
        return element("circle", inside, cx=across, cy=down, r=radius, class_=kind)

    def drawn(self, title: str, across: str, up: str, *marks: Markup) -> Markup:
        """The whole picture with named axes."""
        bottom = self.floor + self.below
        middle = self.left + (self.width - self.left - self.right) / 2
        return element(
            "svg",
            *self._grid(bottom),
            _name(across, middle, bottom + 38),
            _name(up, 15, self.top + self.height / 2, turned=True),
            *marks,
            viewBox=f"0 0 {self.width:g} {bottom + 50:g}",
            role="img",
            aria_label=title,
        )

    def _place(self, point: Point) -> Point:
        return self.x(point[0]), self.y(point[1])

    def _grid(self, bottom: float) -> Iterator[Markup]:
        right, low = self.width - self.right, bottom + 17
        for tick in self.across.ticks():
            x, label = self.x(tick), self.write_x(tick)
            yield element("line", x1=x, y1=self.floor, x2=x, y2=self.top, class_="grid")
            yield element("text", label, x=x, y=low, class_="tick", text_anchor="middle")
        for tick in self.up.ticks():
            y, label = self.y(tick), self.write_y(tick)
            yield element("line", x1=self.left, y1=y, x2=right, y2=y, class_="grid")
            yield element("text", label, x=self.left - 7, y=y + 4, class_="tick", text_anchor="end")


def _name(name: str, across: float, down: float, *, turned: bool = False) -> Markup:
    rotation = f"rotate(-90 {across:g} {down:g})" if turned else None
    return element("text", name, x=across, y=down, class_="axis", text_anchor="middle", transform=rotation)
