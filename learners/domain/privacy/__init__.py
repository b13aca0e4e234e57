"""The rights of a person over their data: a copy, corrections, closing the account; how long the rest is kept."""
