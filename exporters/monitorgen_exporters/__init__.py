"""The runtime half of monitorgen: exporters, the Alertmanager receiver and the audit log live here."""
