"""What people read: diagnostics, codes explained, routes."""
