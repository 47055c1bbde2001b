"""What must not be shown, and showing the rest.

Hidden are: what came from ``${env:…}`` and ``${file:…}`` (shown as written), values under keys
that sound like secrets, credentials inside URLs and connection strings, and `SecretStr` options.
A hidden value is also hidden wherever else it occurs in a message or in another value; there, what
was filled in for a reference shows as the reference.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attrs import define, field

from eventflow.config.interpolate import REFERENCE
from eventflow.config.tree import MappingNode, ScalarNode, SequenceNode, scalars

if TYPE_CHECKING:
    from eventflow.config.tree import Node
    from eventflow.errors import Problem

MASK = "********"
_SHORTEST = 4
"""Shorter values are hidden in their own place only: hiding every ``80`` would help nobody."""

_KEY = re.compile(
    r"(?:^|[^a-z])(?:password|passwd|passphrase|passcode|pass|pwd|pin|token|secret|credential"
    r"|auth|authorization|bearer|cookie|sas"
    r"|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key)s?(?:$|[^a-z])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IN_TEXT = (
    re.compile(r"(?<=://)(?P<secret>[^\s/?#]+)(?=@)"),
    re.compile(
        r"(?<=://)(?P<secret>[^\s/?#:@]*:(?!\d+[/?#])[^\s@]+)(?=@)"
    ),  # a password with a slash
    re.compile(r"(?<![a-z])(?:pass|pin|auth|sas|cookie)=(?P<secret>[^\s&;,]{4,})", re.IGNORECASE),
    re.compile(
        r"(?:authorization|cookie)\s*:\s*(?:[a-z]+\s+)?(?P<secret>[^\s;,]{4,})", re.IGNORECASE
    ),
    re.compile(r"(?<![a-z])bearer\s+(?P<secret>[^\s;,]{8,})", re.IGNORECASE),
    re.compile(
        r"(?:password|passwd|pwd|token|secret|signature|sig|api_?key|access_?key|account_?key)"
        r"\s*=\s*(?P<secret>[^\s&;,]+)",
        re.IGNORECASE,
    ),
)


def sounds_secret(key: object) -> bool:
    """Say whether a key names a secret: ``db_password``, ``apiKey``, ``token``."""
    return isinstance(key, str) and _KEY.search(_CAMEL.sub("_", key)) is not None


@define
class Secrets:
    """The hidden values of one configuration.

    Attributes:
        values: What must not be shown.
        references: Those of them that references stand for → what to show in their place.
    """

    values: set[str] = field(factory=set, repr=False)
    references: dict[str, str] = field(factory=dict, repr=False)

    @classmethod
    def of(cls, node: Node) -> Secrets:
        """Find and mark what is secret below a node, and collect it."""
        _mark(node)
        secrets = cls()
        secrets.collect(node)
        return secrets

    def collect(self, node: Node) -> None:
        """Take in the values of every hidden scalar below a node, and credentials in text."""
        for scalar in scalars(node):
            if scalar.hidden and scalar.value is not None:
                self._add(_revealed(scalar.value))
                for reference, filled in scalar.filled.items():
                    self._add(filled)
                    self._refer(filled, reference)
                if scalar.shown is not None:
                    self._refer(_revealed(scalar.value), scalar.shown)
            for text in (scalar.value, scalar.shown):
                if isinstance(text, str):
                    self.values.update(_credentials(text))

    def _add(self, text: str) -> None:
        for part in (text, text.strip(), *text.splitlines()):
            if len(part) >= _SHORTEST:
                self.values.add(part)

    def _refer(self, text: str, shown: str) -> None:
        if text in self.values and not _credentials(shown):
            self.references.setdefault(text, shown)

    def masked(self, node: Node) -> Any:
        """Turn nodes into plain data that may be shown."""
        match node:
            case MappingNode():
                return {key: self.masked(entry.node) for key, entry in node.entries.items()}
            case SequenceNode():
                return [self.masked(item) for item in node.items]
            case ScalarNode():
                return self._masked_scalar(node)

    def _masked_scalar(self, node: ScalarNode) -> Any:
        if node.hidden:
            return MASK if node.shown is None else self.hide(node.shown)
        if isinstance(node.value, str):
            return self.hide(node.value)
        if node.value is None or isinstance(node.value, (bool, int, float)):
            return node.value
        return self.hide(str(node.value))

    def hide(self, text: str, *, same_length: bool = False) -> str:
        """Replace every hidden value in a text with its reference, else with stars.

        The longest come first, and no part of what was put in is looked at again.
        """
        found = [v for v in self.values if v in text]
        if not found:
            return text
        pattern = "|".join(map(re.escape, sorted(found, key=len, reverse=True)))
        if same_length:
            return re.sub(pattern, lambda m: "*" * len(m[0]), text)
        return re.sub(pattern, lambda m: self.references.get(m[0], MASK), text)

    def cleaned(self, problem: Problem) -> Problem:
        """Return a problem that shows no hidden value, its source line included."""
        place = problem.location
        if place is not None and place.source_line is not None:
            shown = self.hide(place.source_line, same_length=True)
            place = replace(place, source_line=shown)
        return replace(
            problem,
            message=self.hide(problem.message),
            location=place,
            detail=tuple(self.hide(line) for line in problem.detail),
            fix=None if problem.fix is None else self.hide(problem.fix),
        )


def without_credentials(text: str) -> str:
    """Return a text with the credentials inside its URLs and connection strings masked."""
    return Secrets(_credentials(text)).hide(text)


def _mark(node: Node) -> None:
    """Hide what stands under keys that name secrets."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            _mark(item)
    elif isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            if sounds_secret(key):
                hide_below(entry.node)
            else:
                _mark(entry.node)


def hide_below(node: Node) -> None:
    """Hide every value below a node; a text made of references alone is shown as written."""
    for scalar in scalars(node):
        if scalar.value is None or isinstance(scalar.value, bool):
            continue
        scalar.hidden = True
        if scalar.shown is not None and not _only_references(scalar.shown):
            scalar.shown = None
        for part in scalar.parts:
            hide_below(part)


def _only_references(text: str) -> bool:
    rest = REFERENCE.sub("", text)
    return not rest and ":-" not in text


def _revealed(value: Any) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if callable(reveal) else value)


def _credentials(text: str) -> set[str]:
    found: set[str] = set()
    for pattern in _IN_TEXT:
        for match in pattern.finditer(text):
            secret = match["secret"]
            if "${" not in secret:
                found.add(secret)
                found.update(p for p in secret.split(":")[1:] if len(p) >= _SHORTEST)
    return found
