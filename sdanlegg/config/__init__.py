"""Configuration: a hall's folder of TOML and the catalogue of register maps beside it."""

from sdanlegg.config.findings import Finding, FindingsError
from sdanlegg.config.load import examine, load_site, schemas

__all__ = ["Finding", "FindingsError", "examine", "load_site", "schemas"]
