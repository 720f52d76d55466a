"""The sections of a spec and their JSON Schema: a node tree becomes a `Spec`."""
