"""Model values to text, one module for every output, and the tree of files that the text becomes."""
