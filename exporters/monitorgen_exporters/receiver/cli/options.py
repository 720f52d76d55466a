"""What the receiver's verbs share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitorgen_exporters.verbs import Unreadable

if TYPE_CHECKING:
    from monitorgen_exporters.receiver.config import Settings

__all__ = ["config_file", "settings_from"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def config_file(command: _Command) -> _Command:
    """`--config FILE`, as the argument `config`."""
    return click.option(
        "--config",
        envvar="MONITORGEN_RECEIVER_CONFIG",
        show_envvar=True,
        required=True,
        type=click.Path(path_type=Path, dir_okay=False, readable=False),
        metavar="FILE",
        help="The file receiver/receiver.yml of a built tree.",
    )(command)


def settings_from(config: Path) -> "Settings":
    """The settings in the file; what is wrong with it ends the verb with exit code 4."""
    from monitorgen_exporters.receiver.config import ConfigError, load_settings

    try:
        return load_settings(config)
    except ConfigError as problem:
        raise Unreadable(str(problem)) from None
