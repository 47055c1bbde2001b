"""Every component's options: refused when unknown, frozen, described, and secret where they are."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter, ValidationError

from eventflow.config.secrets import sounds_secret
from eventflow.errors import EventflowError
from eventflow.plugins.options import options_of
from eventflow.testing.check import broken, check, extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.testing.subject import Subject

_UNKNOWN = "no_option_is_called_so"
_SENTINEL = "s3cr3t-s3ntin3l"

extra(
    "secrets",
    """option → text with ``{}`` where a secret stands, for secret options that are more than the
    secret: ``{"url": "redis://:{}@localhost"}``""",
)


@check("unknown-option", since=1, looks="class")
def refuses_unknown_options(subject: Subject) -> None:
    """An option that it does not know is refused, at every depth of the options.

    Why: a misspelt option that is ignored runs with the default, and nobody notices.
    Fix: subclass ComponentConfig, or set model_config = ConfigDict(extra="forbid", frozen=True).
    """
    name = subject.component.__name__
    try:
        subject.build(**{_UNKNOWN: 1})
    except (ValidationError, EventflowError) as error:
        if _UNKNOWN not in str(error):
            broken(f"{name}({_UNKNOWN}=1) was refused, and not for that option: {error}")
    else:
        broken(f"{name}({_UNKNOWN}=1) was accepted")
    for model in _models(subject):
        if model.model_config.get("extra") != "forbid":
            broken(f"{model.__qualname__} accepts unknown options")


@check("config-frozen", since=1, looks="class")
def keeps_options_frozen(subject: Subject) -> None:
    """Its options cannot be changed once it is built.

    Why: a plan is explained, recorded and fingerprinted by its options; they must stay true.
    Fix: set frozen=True on the Config, and on the models inside it.
    """
    for model in _models(subject):
        if not model.model_config.get("frozen"):
            broken(f"{model.__qualname__} is not frozen")


@check("config-defaults-apart", since=1, looks="class")
def shares_no_defaults(subject: Subject) -> None:
    """Two components never share a default that can be changed in place.

    Why: what one run puts into a shared list or dict, the next run finds there.
    Fix: make the default a tuple, or a new one each time: Field(default_factory=list).
    """
    for model in _models(subject):
        for name, field in model.model_fields.items():
            if field.default_factory is None or field.is_required():
                continue
            first, second = (field.get_default(call_default_factory=True, validated_data={})
                             for _ in range(2))  # fmt: skip
            if isinstance(first, list | dict | set | bytearray) and first is second:
                broken(f"two {model.__qualname__} share one {name}")


@check("config-defaults-valid", since=1, looks="class")
def has_valid_defaults(subject: Subject) -> None:
    """Every default is a value that the option itself accepts.

    Why: pydantic does not check defaults; a wrong one fails far from here, in a run.
    Fix: correct the default or the type; None needs `| None` in the type.
    """
    for model in _models(subject):
        for name, field in model.model_fields.items():
            if field.is_required() or field.default_factory is not None:
                continue
            settings = None if _is_model(field.annotation) else {"arbitrary_types_allowed": True}
            adapter: TypeAdapter[Any] = TypeAdapter(
                field.rebuild_annotation(),
                config=settings,  # type: ignore[arg-type] # a plain ConfigDict
            )
            try:
                adapter.validate_python(field.default)
            except ValidationError as error:
                broken(f"{model.__qualname__}.{name} = {field.default!r}: {_why(error)}")


@check("options-described", since=1, looks="class")
def describes_every_option(subject: Subject) -> None:
    """Every option has a description, and Config a docstring.

    Why: `plugins show`, editors and the reference show them; a name alone does not tell the unit.
    Fix: describe it in the `Attributes:` section of the Config's docstring, or in Field(…).
    """
    for model in _models(subject):
        if model.model_fields and not inspect.getdoc(model):
            broken(f"{model.__qualname__} has no docstring")
        if bare := [option.name for option in options_of(model) if not option.description.strip()]:
            broken(f"{model.__qualname__} does not describe {', '.join(bare)}")


@check("config-schema", since=1, looks="class")
def has_a_json_schema(subject: Subject) -> None:
    """The options have a JSON Schema, which is plain JSON.

    Why: editors complete and check configurations with it; one component without spoils it for all.
    Fix: give types without a schema one with pydantic's WithJsonSchema.
    """
    try:
        json.dumps(subject.component.Config.model_json_schema())  # type: ignore[attr-defined] # judged by `shape`
    except Exception as error:  # noqa: BLE001 - pydantic and a model's own schema may raise anything
        broken(f"{type(error).__name__}: {error}")


@check("secret-options", since=1, looks="class")
def marks_secrets(subject: Subject) -> None:
    """An option whose name says secret is a SecretStr, or named in `hidden`.

    Why: options are shown in logs, reports and `explain`, unless they are marked.
    Fix: make its type SecretStr, or name it in the component's `hidden`.
    """
    for model in _models(subject):
        for name, field in model.model_fields.items():
            plain = not _secret(field.annotation) and name not in _hidden(subject)
            if sounds_secret(name) and plain and _holds_text(field.annotation):
                broken(f"{model.__qualname__}.{name} is shown in plain text")


@check("secrets-not-shown", since=1)
def shows_no_secret(subject: Subject) -> None:
    """The value of a secret option is nowhere in its repr, its text, or its options as JSON.

    Why: these go into logs, run records and reports, which people share.
    Fix: keep the secret in `config` only, as SecretStr, and read it where it is used.
    """
    for name, field in subject.component.Config.model_fields.items():  # type: ignore[attr-defined] # judged by `shape`
        secret = _secret(field.annotation)
        if not secret and name not in _hidden(subject):
            continue
        text = subject.extras.get("secrets", {}).get(name, "{}").format(_SENTINEL)
        built = subject.build(**{field.alias or name: text})
        shown = {"repr": repr(built), "text": str(built), "attributes": _attributes(built)}
        if secret:
            shown["config"] = f"{built.config!r} {built.config.model_dump_json()}"
        for where, text in shown.items():
            if _SENTINEL in text:
                broken(f"the value of {name} is in its {where}: {text[:120]}")


def _attributes(built: Any) -> str:
    """Render what a component holds beside its options, as a debugger or a log would."""
    held = {k: v for k, v in getattr(built, "__dict__", {}).items() if k != "config"}
    return repr(held)


def _models(subject: Subject) -> Iterator[type[BaseModel]]:
    """Yield Config and the models inside it that are written beside it, each once."""
    waiting: list[type[BaseModel]] = [subject.component.Config]  # type: ignore[attr-defined] # judged by `shape`
    seen = set()
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            waiting += _models_in(field.annotation)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if _is_model(annotation):
        return [annotation]
    parts = annotation if isinstance(annotation, list) else get_args(annotation)
    return [model for part in parts for model in _models_in(part)]


def _is_model(annotation: Any) -> bool:
    return inspect.isclass(annotation) and issubclass(annotation, BaseModel)


def _secret(annotation: Any) -> bool:
    return _mentions(annotation, (SecretStr, SecretBytes))


def _holds_text(annotation: Any) -> bool:
    return _mentions(annotation, (str, bytes, Any))


def _mentions(annotation: Any, wanted: tuple[Any, ...]) -> bool:
    parts = annotation if isinstance(annotation, list) else get_args(annotation)
    return any(annotation is one for one in wanted) or any(_mentions(p, wanted) for p in parts)


def _hidden(subject: Subject) -> frozenset[str]:
    return frozenset(getattr(subject.component, "hidden", ()))


def _why(error: ValidationError) -> str:
    return "; ".join(problem["msg"] for problem in error.errors())
