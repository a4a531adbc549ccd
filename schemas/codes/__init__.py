"""Code tables kept as data (one TOML file each) with typed look-ups beside them."""
