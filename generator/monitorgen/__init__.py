"""monitorgen: one declarative spec, compiled into a monitoring stack."""
