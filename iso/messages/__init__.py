"""One file per message: frozen structs with texts as on the wire, read from elements, written as canonical XML."""
