"""Files become one tree of nodes that know where they stand. Loads nothing itself: a rebuild starts here."""
