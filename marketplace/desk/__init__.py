"""The staff's Django admin: the site, its home and the pages that span apps."""
