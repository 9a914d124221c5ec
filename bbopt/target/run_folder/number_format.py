"""Number formats of templates, such as `0.00##` and `0.0##E0`: a part of Java's DecimalFormat.

FreeMarker has them as `${x?string("0.00##")}`.  The decimal text is taken exactly and rounded half to even;
digits are never grouped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from bbopt.errors import InputError

__all__ = ["NumberFormat", "parse_number_format"]

_FORMAT = re.compile(
    r"(?P<before> *)(?P<optional>#*)(?P<whole>0*)(?P<fraction>(?:\.0*#*)?)(?:E(?P<exponent>0+))?(?P<after> *)"
)
_MOST_DIGITS = 1000  # of a plain number: 1e300000 would be a text that no program reads


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How many digits a number has: whole ones, and behind the point.

    `whole_pattern` counts the optional whole digits too, which say by how much an exponent may change;
    without `exponent`, the least number of its digits, there is none.
    """

    whole: int
    fraction: tuple[int, int]
    exponent: int | None = None
    whole_pattern: int = 0
    has_point: bool = False
    around: tuple[str, str] = ("", "")

    def format(self, text: str) -> str:
        """The number that `text` is, in this format; raises InputError where it is no finite number."""
        number = _number(text)
        sign = "-" if number.is_signed() else ""
        digits = self._scientific(abs(number)) if self.exponent else self._plain(abs(number), text)
        return f"{self.around[0]}{sign}{digits}{self.around[1]}"

    def _plain(self, number: Decimal, text: str) -> str:
        if number.adjusted() > _MOST_DIGITS:
            raise InputError("a number too large for a format without exponent", got=text)
        return self._joined(_rounded(number, self.fraction[1]), self.fraction[0])

    def _scientific(self, number: Decimal) -> str:
        exponent = self._exponent_of(number)
        mantissa = number.scaleb(-exponent, _EXACT)
        n_whole = max(0, mantissa.adjusted() + 1) if number else self._least_whole
        # Significant digits are counted, so that those behind the point give way to whole ones.
        least, most = self.whole + self.fraction[0] - n_whole, self.whole_pattern + self.fraction[1] - n_whole
        rounded = _rounded(mantissa, max(0, most))
        if number and rounded.adjusted() > mantissa.adjusted():  # 9.99 became 10.0, and has another exponent
            return self._scientific(rounded.scaleb(exponent, _EXACT))
        sign = "-" if exponent < 0 else ""
        return f"{self._joined(rounded, max(0, least))}E{sign}{abs(exponent):0{self.exponent}d}"

    def _exponent_of(self, number: Decimal) -> int:
        """The power of ten that is taken out, so that the whole digits are as many as the format has."""
        if not number:
            return 0
        if self._is_engineering:
            return number.adjusted() // self.whole_pattern * self.whole_pattern
        return number.adjusted() + 1 - self.whole

    @property
    def _is_engineering(self) -> bool:
        """Whether exponents are multiples: of three, say, where three whole digits may stand."""
        return self.whole_pattern > max(self.whole, 1)

    @property
    def _least_whole(self) -> int:
        return 1 if self.exponent and self._is_engineering else self.whole

    def _joined(self, number: Decimal, least_fraction: int) -> str:
        whole, _, fraction = f"{number:f}".partition(".")
        fraction = fraction.rstrip("0").ljust(least_fraction, "0")
        whole = whole.lstrip("0").rjust(self._least_whole, "0") or ("" if fraction else "0")
        return f"{whole}{'.' if fraction or self.has_point else ''}{fraction}"


_EXACT = Context(prec=_MOST_DIGITS * 2, Emax=MAX_EMAX, Emin=MIN_EMIN)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError("a number format for a text that is no number", got=text, expected="a number")
    return number


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal((0, (1,), -places)), ROUND_HALF_EVEN, _EXACT)


def parse_number_format(text: str) -> NumberFormat:
    """The format that `text` writes; raises InputError."""
    match = _FORMAT.fullmatch(text)
    if match is None or not re.search("[0#]", match["optional"] + match["whole"] + match["fraction"]):
        raise InputError(
            "a number format that can't be read",
            got=text,
            expected="0 for a digit always shown, # for one shown where it isn't 0 at the end, a point, and "
            "perhaps E0 for an exponent: 0.00## or 0.0##E0",
        )
    least, most = match["fraction"].count("0"), len(match["fraction"][1:])
    whole = len(match["whole"])
    if match["fraction"] and not whole + least:  # Java's: #.## is 0.##, and .## is .0#
        whole, least = (1, 0) if match["optional"] else (0, 1)
    exponent = match["exponent"]
    return NumberFormat(
        whole=whole,
        fraction=(least, most),
        exponent=len(exponent) if exponent else None,
        whole_pattern=len(match["optional"]) + len(match["whole"]),
        has_point=match["fraction"] == ".",
        around=(match["before"], match["after"]),
    )
