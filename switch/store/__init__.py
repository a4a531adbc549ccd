"""Where state is kept: one port, in memory or PostgreSQL."""
