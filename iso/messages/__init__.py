"""One file per message: frozen structs with texts as they stand on the wire, read from elements and written as canonical XML."""
