"""What the API asks of the database: pages of rows, live changes, and figures made of them."""
