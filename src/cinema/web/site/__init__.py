"""The viewer's pages, a file for each part of the site."""
