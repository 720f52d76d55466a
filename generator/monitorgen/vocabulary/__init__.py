"""Every kind of thing a spec can say: one module a kind, listed in the registry of its folder.

`fields` holds the typed scalars all kinds share, `base` the strict model they are made of.
"""
