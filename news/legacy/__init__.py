"""Moving in: pages of the old site become articles."""

from .addresses import AddressError, old_address, read_table
from .page import Page, PageError
from .parse import parse_page
from .run import Report, SettingError, Settings, import_pages
from .save import Outcome

__all__ = [
    "AddressError",
    "Outcome",
    "Page",
    "PageError",
    "Report",
    "SettingError",
    "Settings",
    "import_pages",
    "old_address",
    "parse_page",
    "read_table",
]
