"""The words that may follow a number without changing it: units of measure and money."""

import re

_NAMES = """
length, area, volume: m cm mm km µm um nm in inch inches ft foot feet yd yard yards mi mile miles meter meters
    metre metres centimeter centimeters centimetre centimetres millimeter millimeters kilometer kilometers
    kilometre kilometres square sq cubic cu ha hectare hectares acre acres l ml cl dl liter liters litre
    litres milliliter milliliters gal gallon gallons cup cups
mass: g kg mg µg t lb lbs oz gram grams kilogram kilograms milligram milligrams ton tons tonne tonnes pound
    pounds ounce ounces
time, speed, frequency: s sec secs second seconds ms min mins minute minutes h hr hrs hour hours d day days
    week weeks month months yr yrs year years mph kmh kph rpm hz khz mhz ghz
angle, temperature: ° deg degree degrees rad radian radians °c °f c f k kelvin celsius fahrenheit
money: $ € £ ¥ ₹ ₩ ₽ usd eur gbp jpy cny inr dollar dollars euro euros cent cents yuan yen rupee rupees
physics: n j kj cal kcal w kw kwh v a pa kpa bar mol ohm ohms ω newton newtons joule joules watt watts
    volt volts
data, counting: b kb mb gb tb bit bits byte bytes unit units point points piece pieces item items
"""
KNOWN = frozenset(word for line in _NAMES.splitlines() for word in line.rpartition(":")[2].split())
"""Casefolded."""

_WORDS_AT_MOST = 6
_BETWEEN = re.compile(r"[\s/*.·-]+")
_POWER = re.compile(r"\^?-?[0-9²³]$")


def unit_names(extra: frozenset[str]) -> frozenset[str]:
    """The well-known units and a task's own, casefolded."""
    return KNOWN | extra if extra else KNOWN


def is_unit(text: str, extra: frozenset[str] = frozenset()) -> bool:
    """Whether text after a number is nothing but a unit: `km`, `m/s^2`, `square metres`, or empty."""
    text = text.strip(" \t$").replace(" ^", "^")
    if not text:
        return True
    known = unit_names(extra)
    words = [word for word in _BETWEEN.split(text.casefold()) if word not in ("", "per")]
    return len(words) <= _WORDS_AT_MOST and all(_POWER.sub("", word) in known for word in words)
