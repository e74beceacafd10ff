"""The customer's pages: they translate, and decide nothing (see `requests_sar.services`)."""
