"""Files become one tree of nodes that know where they stand. Loads nothing by itself: a rebuild starts here."""
