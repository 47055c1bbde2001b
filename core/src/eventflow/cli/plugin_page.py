"""What ``eventflow plugins show`` prints of a plugin or a component."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from eventflow.cli import output
from eventflow.cli.plugin_data import describe_plugin
from eventflow.cli.plugin_list import STATUS
from eventflow.errors import ExitCode, nearest
from eventflow.plugins.doctor.child import examine, problem_of
from eventflow.plugins.doctor.diagnose import LIMIT
from eventflow.plugins.errors import PluginError, UnknownComponentError
from eventflow.plugins.index import normalized
from eventflow.plugins.known import KNOWN
from eventflow.plugins.options import OptionInfo
from eventflow.plugins.peek import summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.plugins import ComponentRef, PluginHost, PluginInfo


_UNUSABLE = frozenset({"EF120", "EF121", "EF123"})
"""Codes of what keeps a component from being used."""


class UnknownSubjectError(UnknownComponentError):
    """Neither a plugin nor a component has that name."""

    @classmethod
    def for_subject(cls, name: str, infos: Sequence[PluginInfo]) -> UnknownComponentError:
        """Name the plugin to install if one is known, else the nearest name."""
        kinds = [kind for kind, known in KNOWN if known == name]
        refs = [ref for info in infos for ref in info.provides]
        names = [info.name for info in infos]
        if kinds:
            return cls.for_name(kinds[0], name, refs, names)  # type: ignore[arg-type] # keys of KNOWN are kinds
        near = nearest(name, [*names, *(ref.name for ref in refs)])
        return cls.of(
            f'no plugin or component "{name}" is installed',
            fix=f'did you mean "{near}"?' if near else None,
            command="eventflow plugins list",
        )


def show(host: PluginHost, name: str, *, as_json: bool) -> int:
    """Print a plugin or every component of a name, and return the exit code.

    Raises:
        UnknownComponentError: EF201, nothing has that name.
    """
    host.check()
    infos = host.plugins()
    plugin = next((i for i in infos if normalized(i.name) == normalized(name)), None)
    if plugin is not None:
        return _show_plugin(plugin, as_json=as_json)
    refs = [ref for i in infos for ref in i.provides if name in {ref.name, ref.qualified}]
    refs = [ref for ref in refs if ref.kind not in {"hook", "command"}]
    if not refs:
        raise UnknownSubjectError.for_subject(name, infos)
    return _show_components(host, name, refs, as_json=as_json)


def _show_plugin(info: PluginInfo, *, as_json: bool) -> int:
    code = ExitCode.PLUGIN if info.quarantines else ExitCode.DONE
    if as_json:
        output.print_json("plugins.show", {"plugin": describe_plugin(info)})
        return code
    output.say(f"{click.style(info.name, bold=True)} {info.version}")
    for line in output.reflowed(info.summary):
        output.say(f"  {line}")
    needs = f"eventflow-core {info.requires or 'any version'}"
    facts = [("state", STATUS[info.status]), ("needs", needs)]
    for quarantine in info.quarantines:
        facts.append((quarantine.code, f"{quarantine.subject}: {quarantine.reason}"))
        if quarantine.remedy:
            facts.append(("fix", quarantine.remedy))
        if quarantine.command:
            facts.append(("", f"{output.glyphs().arrow} {quarantine.command}"))
    _print(facts)
    output.say()
    _print(
        [
            (ref.kind.replace("_", " "), ref.name, summary_of(ref) or ref.target)
            for ref in info.provides
        ]
    )
    return code


def _show_components(
    host: PluginHost, name: str, refs: Sequence[ComponentRef], *, as_json: bool
) -> int:
    pages = [_page(host, ref) for ref in refs]
    if as_json:
        output.print_json("plugins.show", {"name": name, "components": pages})
    else:
        for position, (ref, page) in enumerate(zip(refs, pages, strict=True)):
            if position:
                output.say()
            _show_component(ref, page)
    return ExitCode.PLUGIN if any(page["problem"] for page in pages) else ExitCode.DONE


def _page(host: PluginHost, ref: ComponentRef) -> dict[str, Any]:
    """Return a component with its options, or with the problem that keeps it from loading."""
    page: dict[str, Any] = {
        "kind": ref.kind,
        "name": ref.name,
        "distribution": ref.distribution,
        "version": ref.version,
        "target": ref.target,
        "summary": summary_of(ref) or ref.summary,
        "state": "ready",
        "documentation": "",
        "options": [],
        "problem": None,
    }
    try:
        found = host.find(ref.kind, ref.qualified)  # type: ignore[arg-type] # no hook, no command
    except PluginError as error:
        return page | {"state": "quarantined", "problem": asdict(error.problems[0])}
    (examined,) = examine([found], limit=LIMIT)
    failed = [p for p in examined.problems if p.code in _UNUSABLE]
    if failed:
        return page | {"state": "quarantined", "problem": asdict(failed[0])}
    return page | examined.page


def _show_component(ref: ComponentRef, page: dict[str, Any]) -> None:
    kind = ref.kind.replace("_", " ")
    output.say(f"{click.style(f'{kind} {ref.name}', bold=True)}   from {ref.owner}")
    _print([("state", page["state"]), ("class", ref.target)])
    if page["problem"]:
        output.say()
        for line in problem_of(page["problem"]).lines():
            output.say(f"  {line}")
        return
    for line in output.reflowed(page["documentation"]):
        output.say(f"  {line}".rstrip())
    output.say()
    if not page["options"]:
        output.say("  no options")
        return
    _print_options([OptionInfo(**option) for option in page["options"]])


def _print_options(options: Sequence[OptionInfo]) -> None:
    """Print a row for each option; on a terminal, its description stands below its type."""
    stacked = sys.stdout.isatty()
    rows: list[tuple[str, ...]] = []
    for option in options:
        presence = "required" if option.required else f"default {option.default or 'computed'}"
        name, said = click.style(option.name, bold=True), option.description.replace("``", '"')
        if stacked:
            rows += [(name, f"{option.type}, {presence}"), *([("", said)] if said else [])]
        else:
            rows.append((name, option.type, presence, said))
    _print(rows)


def _print(rows: Sequence[Sequence[str]]) -> None:
    for line in output.folded(rows):
        output.say(line)
