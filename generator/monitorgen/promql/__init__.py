"""PromQL: typed pieces to build expressions from, tokens with positions, analysis and checks."""
