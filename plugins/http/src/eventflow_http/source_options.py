"""Options of the source `http_json`: what is asked, where the rows are, what their columns mean."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import jmespath
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eventflow.config import ONE_OR_MANY
from eventflow.context.schema import ContextSchema
from eventflow.schema import ColumnSchema, DType
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it at run time
from eventflow_http.options import ClientOptions

Plain = str | int | float | bool
_ADDRESS = re.compile(r"https?://[^/?#{}]+(?:[/?#]|$)")
_BRACES = re.compile(r"\{(\w+)\}")
_ROLES = ("timestamp", "until", "known_at", "latitude", "longitude")


class JsonColumn(ColumnSchema):
    """One column of the rows.

    Attributes:
        dtype: What its values are.
        at: JMESPath of the value in a record; the column's name if not given.
        format: How a date or time is written, for example ``%d.%m.%Y``; of numbers, what they count
            since 1970 in UTC: ``d``, ``s``, ``ms``, ``us`` or ``ns``; ISO 8601 if not given.
    """

    dtype: DType
    at: str | None = None
    format: str | None = None

    @field_validator("at")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        return None if value is None else check_path(value)


class Pages(BaseModel):
    """How an answer leads to the next one.

    Attributes:
        by: ``link``: the header ``Link`` with ``rel="next"`` (RFC 8288); ``url``: the address at
            `at`; ``cursor``: the text at `at`, sent as `param`; ``number``: counting in `param`
            until an answer has no rows.
        param: Parameter that carries the cursor or the number.
        at: JMESPath of the next address or cursor in an answer; the last page has none there.
        start: Number of the first page.
        step: What is added for the next: 1 for pages, the size of a page for offsets.
        max_pages: Most pages for one list of rows.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["link", "url", "cursor", "number"]
    param: str | None = None
    at: str | None = None
    start: int = 1
    step: int = Field(default=1, ge=1)
    max_pages: int = Field(default=1000, ge=1)

    @field_validator("at")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        return None if value is None else check_path(value)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {"cursor": ("param", "at"), "number": ("param",), "url": ("at",)}
        lacking = [name for name in needs.get(self.by, ()) if getattr(self, name) is None]
        if lacking:
            msg = f"pages by {self.by} need {' and '.join(lacking)}"
            raise ValueError(msg)
        return self


def _column(value: Any) -> Any:
    return value if isinstance(value, (dict, JsonColumn)) else {"dtype": value}


class HttpJsonOptions(ClientOptions):
    """Options of `http_json`.

    Attributes:
        url: The address; names in braces are filled in from `for_each`.
        params: Parameters of the address.
        method: ``GET`` or ``POST``.
        body: What is posted, as JSON.
        for_each: Parameter → values: one request for each combination. Those that are no name in
            `url` become parameters, of POST keys of the body. A column of that name holds the value
            where the rows do not.
        records: JMESPath of the rows in an answer: a list of objects or of lists, one object, or an
            object of lists that are columns; the whole answer if not given.
        columns: Column → dtype, or what more is to say of it. Only these are made.
        unknown: Whether keys of rows that no column declares are ignored or an error.
        pages: How an answer leads to the next one.
        key: Columns that identify what a row speaks of.
        timestamp: Column that says when a row's facts hold, or begin to hold.
        until: Column that says when they cease to hold.
        known_at: Column that says when the row became known; a join does not use it earlier.
        latitude: Column of latitude in degrees.
        longitude: Column of longitude in degrees.
        crs: Coordinate system of the positions, for example ``EPSG:4326``.
        timezone: IANA zone of times without an offset.
    """

    url: str = Field(examples=["https://api.example.org/v1/weather"])
    params: dict[str, Plain | tuple[Plain, ...] | None] = Field(default_factory=dict)
    method: Literal["GET", "POST"] = "GET"
    body: Any = None
    for_each: dict[str, Annotated[tuple[Plain, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    records: str | None = None
    columns: dict[str, JsonColumn] = Field(min_length=1, examples=[{"station": "str"}])
    unknown: Literal["ignore", "error"] = "ignore"
    pages: Pages | None = None
    key: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    timestamp: str | None = None
    until: str | None = None
    known_at: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    crs: str | None = None
    timezone: TimeZone | None = None

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if "@" in urlsplit(value).netloc:
            msg = "credentials do not belong in an address: write token, headers or secret_params"
            raise ValueError(msg)
        if not _ADDRESS.match(value):
            msg = "write an address with its server: https://api.example.org/v1/weather"
            raise ValueError(msg)
        return value

    @field_validator("columns", mode="before", json_schema_input_type=dict[str, str | JsonColumn])
    @classmethod
    def _columns(cls, value: Any) -> Any:
        return {k: _column(v) for k, v in value.items()} if isinstance(value, dict) else value

    @field_validator("records")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        return None if value is None else check_path(value)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for role in _ROLES:
            self._check_column(role, getattr(self, role))
        for name in self.key:
            self._check_column("key", name)
        if lacking := set(_BRACES.findall(self.url)) - set(self.for_each):
            msg = f"url names {{{min(lacking)}}}, which for_each does not give values for"
            raise ValueError(msg)
        if self.body is not None and self.method == "GET":
            msg = "body is posted: write method: POST"
            raise ValueError(msg)
        fills_in = self.for_each or (self.pages is not None and self.pages.param)
        if fills_in and not isinstance(self.body, (dict, type(None))):
            msg = "for_each and pages put their values into body, which must be an object"
            raise ValueError(msg)
        roles = [name for role in _ROLES if (name := getattr(self, role))]
        if len(set(roles)) < len(roles):
            msg = "one column cannot have two roles"
            raise ValueError(msg)
        return self

    def _check_column(self, role: str, name: str | None) -> None:
        if name is not None and name not in self.columns:
            msg = f'{role} names "{name}", which columns does not declare'
            raise ValueError(msg)

    @property
    def context(self) -> ContextSchema:
        """What the columns mean."""
        roles = {role: getattr(self, role) for role in (*_ROLES, "crs", "timezone")}
        return ContextSchema(key=self.key, columns=dict(self.columns), **roles)

    @property
    def named_in_url(self) -> frozenset[str]:
        """Names in braces."""
        return frozenset(_BRACES.findall(self.url))


def check_path(text: str) -> str:
    """Check that a text is JMESPath (https://jmespath.org/specification.html).

    Raises:
        ValueError: It is not.
    """
    try:
        jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as error:
        msg = f'"{text}" is no JMESPath: {str(error).splitlines()[0]}'
        raise ValueError(msg) from None
    return text
