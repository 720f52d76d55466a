"""What is proved of a plan, of its lowered values, and of the files built from them."""
