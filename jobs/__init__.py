"""Takes the assets; gives the jobs that run as one unit."""
