"""Reports under the names that hubs give them: one data set each, read from the books, written in four forms."""
