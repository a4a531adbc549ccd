"""How messages travel between edges, lanes and deliverers: one port, in memory or NATS."""
