"""Numbers as people write them: currency signs, thousands separators, decimal commas, parentheses.

A sign is taken off, not interpreted: ``12.5 %`` is 12.5.

How a column's numbers are written is told by one of them, an example such as ``$1,234.50``,
``1.234,50 €`` or ``1 234,5``; nothing is guessed from the values.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

import polars as pl
from attrs import evolve, frozen
from pydantic import BeforeValidator, Field, PlainSerializer
from pydantic.json_schema import WithJsonSchema

_SPACES, _APOSTROPHES = " \u00a0\u202f", "'\u2019"
_SIGN = r"[^\d\s.,'\u2019()+\-\u2212]+\.?"
_EXAMPLE = re.compile(
    rf"(?P<before>{_SIGN})?\s*"
    r"(?:\d{1,3}(?P<thousands>[.,'\u2019 \u00a0\u202f])(?:\d{2,3}(?P=thousands))*\d{3}|\d+)"
    r"(?P<decimal>[.,])\d{1,2}"
    rf"\s*(?P<after>{_SIGN})?"
)
_MINUS = ("-", "\u2212")
_SIGNS = r"+\-\x{2212}"


@frozen
class NumberFormat:
    """How the numbers of a column are written.

    Attributes:
        thousands: Character between groups of digits; nothing where there is none.
        decimal: Character before the fraction.
        currency: Sign that values may carry, such as ``$``, ``EUR`` or ``%``; nothing if none.
        lakh: Whether groups before the last have two digits, as in ``12,34,567``.
    """

    thousands: str
    decimal: str
    currency: str
    lakh: bool = False

    @classmethod
    def of(cls, example: str) -> Self:
        """Read an example: a number with a fraction, and with each sign that values may carry.

        Raises:
            ValueError: It does not tell the signs apart.
        """
        found = _EXAMPLE.fullmatch(example.strip())
        parts = found.groupdict(default="") if found else {}
        signs = parts.get("before", ""), parts.get("after", "")
        if not parts or parts["thousands"] == parts["decimal"] or all(signs):
            msg = (
                f'"{example}" does not say which sign is which; write one number as the file has '
                'them, with one or two decimals, such as "1234,5", "$1,234.50" or "1.234,50 €"'
            )
            raise ValueError(msg)
        split = re.escape(parts["thousands"])
        lakh = bool(split) and re.search(rf"{split}\d\d{split}", example) is not None
        return cls(parts["thousands"], parts["decimal"], "".join(signs), lakh)

    def of_currency(self, sign: str) -> Self:
        """Return this format for amounts of a currency."""
        return evolve(self, currency=sign)

    def __str__(self) -> str:
        """Render as an example that `of` reads as the same."""
        whole = f"1{self.thousands}234" if self.thousands else "1234"
        if self.lakh:
            whole = self.thousands.join(("1", "23", "456"))
        amount = f"{whole}{self.decimal}50"
        if self.currency and (self.decimal == "," or self.currency == "%"):
            return f"{amount} {self.currency}"
        gap = " " if self.currency[-1:].isalnum() or self.currency.endswith(".") else ""
        return f"{self.currency}{gap}{amount}"

    def plain(self, text: pl.Expr) -> pl.Expr:
        """Return numbers as ``-1234.50``; null where text is no number of this format.

        Minus may stand before or after the number, and inside or outside the currency sign;
        parentheses mean minus, as in accounts. A value need not carry the sign of the currency.
        """
        part = text.str.extract_groups(self._pattern()).struct
        opened, inner, closed = (part.field(name).fill_null("") for name in ("a", "b", "d"))
        marks = opened.str.len_chars() + inner.str.len_chars() + closed.str.len_chars()
        around = closed == ")"
        paired = ((opened == "(") | (inner == "(")) == around
        single = (marks <= 1) | (around & (marks == len("()")))
        negative = pl.any_horizontal(m.is_in(["(", *_MINUS]) for m in (opened, inner, closed))
        digits = part.field("c")
        if self.thousands:
            digits = digits.str.replace_all(self._among(self.thousands), "")
        if self.decimal != ".":
            digits = digits.str.replace(self.decimal, ".", literal=True)
        signed = pl.when(negative).then(pl.lit("-") + digits).otherwise(digits)
        return pl.when(paired & single).then(signed)

    def read(self, text: pl.Expr, dtype: pl.DataType) -> pl.Expr:
        """Return numbers of a numeric dtype; null where text is no number of this format."""
        return self.plain(text).cast(dtype, strict=False)

    def _pattern(self) -> str:
        split, point = self._among(self.thousands), re.escape(self.decimal)
        groups = (
            rf"(?:{split}[0-9]{{2}})*{split}[0-9]{{3}}" if self.lakh else rf"(?:{split}[0-9]{{3}})+"
        )
        whole = rf"[0-9]{{1,3}}{groups}|[0-9]+" if self.thousands else "[0-9]+"
        number = rf"(?:{whole})(?:{point}[0-9]+)?|{point}[0-9]+"
        money = rf"(?:{re.escape(self.currency)})?"
        return (
            rf"^\s*(?P<a>[({_SIGNS}])?\s*{money}\s*(?P<b>[({_SIGNS}])?\s*(?P<c>{number})"
            rf"\s*{money}\s*(?P<d>[){_SIGNS}])?\s*$"
        )

    @staticmethod
    def _among(sign: str) -> str:
        """Return a pattern of a sign and those that look like it."""
        alike = next((s for s in (_SPACES, _APOSTROPHES) if sign and sign in s), None)
        return f"[{alike}]" if alike else re.escape(sign)


def _to_format(value: Any) -> Any:
    return NumberFormat.of(value) if isinstance(value, str) else value


NumberExample = Annotated[
    NumberFormat,
    BeforeValidator(_to_format),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["1.234,50", "$1,234.50", "1 234,50 €"]}),
    Field(examples=["$1,234.50"]),
]
"""Option that takes a number as an example of how they are written."""
