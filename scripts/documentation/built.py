"""What an example compiles to: a file of its tree, or a part of one."""

import json
from typing import Any

import yaml

from monitorgen.outputs.yaml_text import emit
from scripts.documentation.examples import compiled

__all__ = ["built"]


def built(example: str, path: str, part: str = "") -> str:
    """The file `path` of the tree that `example` compiles to, fenced; or the part of it at `part`.

    `part` is a path of keys and of places in lists with `/` between them (`scrape_configs/0`).
    """
    result = compiled(example)
    if faults := result.faults():
        raise ValueError(f"the example does not compile: {'; '.join(faults)}")
    files = result.files[0]
    if path not in files:
        raise ValueError(f"there is no {path} among {', '.join(files)}")
    text = files[path]
    language = "json" if path.endswith(".json") else "yaml" if path.endswith(".yml") else "text"
    if part:
        value: Any = json.loads(text) if language == "json" else yaml.safe_load(text)
        for key in part.split("/"):
            value = value[int(key)] if isinstance(value, list) else value[key]
        text = json.dumps(value, indent=2) + "\n" if language == "json" else emit(value)
    return f"`{path}`:\n\n```{language}\n{text}```"
