"""Floor 1: the annotation scheme and other settings that are data, with the code that loads and checks them."""

# The label of claim regions, in every scheme.
CLAIM = "CLAIM"
