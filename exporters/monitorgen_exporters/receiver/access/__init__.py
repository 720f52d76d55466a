"""Who may do what: credentials of people, programs and Alertmanagers, what they allow, and how much of it."""
