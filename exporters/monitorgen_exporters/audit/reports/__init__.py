"""Evidence for auditors: what a log shows for the controls of a framework, and what it does not cover."""

from monitorgen_exporters.audit.reports import gdpr, hipaa, pci_dss, sox
from monitorgen_exporters.audit.reports.base import Framework

__all__ = ["FRAMEWORKS"]

FRAMEWORKS: tuple[Framework, ...] = (sox.FRAMEWORK, hipaa.FRAMEWORK, pci_dss.FRAMEWORK, gdpr.FRAMEWORK)
"""Every framework there is a report for. A new one is a module beside this and a line here."""
