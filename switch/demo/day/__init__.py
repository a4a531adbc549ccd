"""A whole business day of a scheme that settles in ISO 20022, played in a minute and told as a page."""
