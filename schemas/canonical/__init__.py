"""The canonical language: what every dialect is translated into and every decision is made in."""
