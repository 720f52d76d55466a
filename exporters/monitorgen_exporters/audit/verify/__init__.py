"""The verifier: reads a log as a stranger would; says what holds, what does not, what nobody can know."""
