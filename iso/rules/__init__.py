"""Rule packs: what the standard's texts and market practices demand of a message beyond its schema."""
