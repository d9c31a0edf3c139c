"""Where the gold itself may be wrong: places ranked by what speaks against it."""
