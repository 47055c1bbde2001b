"""``eventflow completion``: the script that teaches a shell to complete ``eventflow``."""

from __future__ import annotations

import click

from eventflow.cli import output

_VARIABLE = "_EVENTFLOW_COMPLETE"


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(eventflow completion bash)"                      in ~/.bashrc
    zsh:   eval "$(eventflow completion zsh)"                       in ~/.zshrc
    fish:  eventflow completion fish > ~/.config/fish/completions/eventflow.fish
    """  # noqa: D301 - \b is click's mark for "do not wrap"
    from click.shell_completion import (  # noqa: PLC0415 - delayed: only for this command
        BashComplete,
        FishComplete,
        ZshComplete,
    )

    completers = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    completer = completers[shell](context.find_root().command, {}, "eventflow", _VARIABLE)
    output.say(completer.source_template % completer.source_vars())
