"""What people read: diagnostics, diffs, explanations, coverage and documentation pages."""
