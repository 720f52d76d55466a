"""`monitorgen completion`: what a shell needs to complete verbs, options and values."""

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a script that completes verbs, options and their values in your shell.

    \b
    bash, in ~/.bashrc:
      eval "$(monitorgen completion bash)"

    \b
    zsh, in ~/.zshrc, after compinit:
      eval "$(monitorgen completion zsh)"

    \b
    Examples:
      monitorgen completion bash
      monitorgen completion fish > ~/.config/fish/completions/monitorgen.fish

    \b
    Afterwards:
      monitorgen b<TAB>                      build
      monitorgen build --format <TAB>        text json sarif github
      monitorgen explain MG02<TAB>           every code that begins so
    """
    root = context.find_root()
    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(root.command, {}, "monitorgen", "_MONITORGEN_COMPLETE").source())
